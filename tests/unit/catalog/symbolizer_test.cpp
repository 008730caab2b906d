#include "catalog/symbolizer.hpp"

#include <dlfcn.h>
#include <link.h>

#include <string>

#include "catch.hpp"
#include "process/program_path.hpp"

using namespace penstock;

namespace {

[[gnu::noinline]] void* caller() {
  return __builtin_return_address(0);
}

constexpr int inner_line = __LINE__ + 2;
[[gnu::always_inline]] inline void* inner(int add) {
  void* here = caller();
  return static_cast<char*>(here) - add;
}

constexpr int outer_line = __LINE__ + 3;
// An address within inner(), where it stands inside of this function.
[[gnu::noinline]] void* outer() {
  void* address = inner(1);
  return address;
}

CodeAddress code_at(void* address) {
  Dl_info info{};
  link_map* map = nullptr;
  ::dladdr1(address, &info, reinterpret_cast<void**>(&map), RTLD_DL_LINKMAP);
  return {std::filesystem::canonical(info.dli_fname),
          static_cast<std::uint64_t>(static_cast<char*>(address) -
                                     reinterpret_cast<char*>(map->l_addr))};
}

struct Here {
  std::vector<std::string> lines(std::vector<CodeAddress> stack) {
    bool told = false;
    std::vector<std::string> result;
    symbolizer.symbolize(std::move(stack), [&](std::vector<std::string> found) {
      result = std::move(found);
      told = true;
    });
    CHECK_FALSE(told);
    while (!told) REQUIRE(loop.run_one_for(std::chrono::seconds(10)) == 1);
    return result;
  }

  boost::asio::io_context loop{1};
  std::unique_ptr<Keeper> keeper =
      Keeper::start(loop, find_program("penstock-keeper").value()).value();
  Symbolizer symbolizer{loop, *keeper, find_program("penstock-probe").value()};
};

}  // namespace

TEST_CASE("an address becomes function, file and line, through what was inlined") {
  Here here;
  const auto lines = here.lines({code_at(outer())});
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].find("inner at ") != std::string::npos);
  CHECK(lines[0].ends_with("symbolizer_test.cpp:" + std::to_string(inner_line) + " (inlined)"));
  CHECK(lines[1].find("outer at ") != std::string::npos);
  CHECK(lines[1].ends_with("symbolizer_test.cpp:" + std::to_string(outer_line)));
}

TEST_CASE("without debug information the function is still named") {
  Here here;
  void* library = ::dlopen(BARE_LIBRARY, RTLD_NOW);
  REQUIRE(library != nullptr);
  const auto lines = here.lines({code_at(::dlsym(library, "bare_function"))});
  ::dlclose(library);
  CHECK(lines == std::vector<std::string>{"bare_function in libcatalog_bare.so"});
}

TEST_CASE("an address about which nothing is known is shown as it is") {
  Here here;
  CHECK(here.lines({{"/nowhere/libx.so", 0x1f40}, {"", 0xabc}}) ==
        std::vector<std::string>{"libx.so+0x1f40", "0xabc"});
  CHECK(here.lines({}).empty());
}

TEST_CASE("without a probe, or in too short a time, addresses are shown as they are") {
  Here here;
  const CodeAddress code = code_at(outer());
  const auto raw = std::filesystem::path(code.module).filename().string() + "+0x";
  Symbolizer without(here.loop, *here.keeper, "/nowhere/penstock-probe");
  Symbolizer hurried(here.loop, *here.keeper, find_program("penstock-probe").value(),
                     std::chrono::milliseconds(0));
  for (Symbolizer* symbolizer : {&without, &hurried}) {
    bool told = false;
    symbolizer->symbolize({code}, [&](std::vector<std::string> lines) {
      told = true;
      REQUIRE(lines.size() == 1);
      CHECK(lines[0].starts_with(raw));
    });
    while (!told) REQUIRE(here.loop.run_one_for(std::chrono::seconds(10)) == 1);
  }
}

TEST_CASE("stacks that come at the same time are answered one after the other, and remembered") {
  Here here;
  const CodeAddress code = code_at(outer());
  std::vector<std::vector<std::string>> answers;
  for (int i = 0; i < 4; ++i) {
    here.symbolizer.symbolize(
        {code}, [&](std::vector<std::string> lines) { answers.push_back(std::move(lines)); });
  }
  while (answers.size() < 4) REQUIRE(here.loop.run_one_for(std::chrono::seconds(10)) == 1);
  for (const auto& answer : answers) CHECK(answer == answers.front());
  CHECK(answers.front().size() == 2);
}
