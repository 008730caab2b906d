// What a Rig says to the author of a test who asks it for what there is not.
#include <penstock/testing.hpp>

#include "catch.hpp"

using namespace penstock;

namespace {

struct Scale {
  int factor = 1;
  std::chrono::seconds wait{0};
  std::string unit;
  double more = 0;
  bool rounded = false;
  void params(Params& p) {
    p.required("factor", factor, "");
    p.optional("wait", wait, "");
    p.optional("unit", unit, "");
    p.optional("more", more, "");
    p.optional("rounded", rounded, "");
  }
  int run(int x) const { return factor * x; }
};

struct Narrow {
  std::int8_t x;
};
PENSTOCK_FIELDS(Narrow, x)

struct Wide {
  std::int64_t x;
};
PENSTOCK_FIELDS(Wide, x)

void register_tasks(Plugin& plugin) {
  plugin.transform<Scale>("scale", "");
  plugin.transform("narrow", "", [](const Narrow& narrow) { return int{narrow.x}; });
}

[[noreturn]] void throws_an_error(Plugin&) {
  throw std::runtime_error("there is no model at /opt/model");
}
[[noreturn]] void throws_a_number(Plugin&) {
  throw 7;
}
void names_two_tasks_alike(Plugin& plugin) {
  register_tasks(plugin);
  plugin.transform<Scale>("scale", "");
}

template <class Ask>
std::string refusal(Ask ask) {
  try {
    ask();
  } catch (const std::invalid_argument& refused) {
    return refused.what();
  }
  return "accepted";
}

// Why a plugin that is registered by this function has no table.
template <void (*Register)(Plugin&)>
std::string reason() {
  penstock_plugin_info info{};
  info.describe = &sdk::describe<Register>;
  CHECK(info.describe(nullptr) == nullptr);  // who does not ask is not told
  return refusal([&] { Rig(info, "scale"); });
}

}  // namespace

TEST_CASE("a task, parameter, input or output that there is not is named") {
  Plugin plugin;
  register_tasks(plugin);
  CHECK(refusal([&] { Rig(plugin, "scael"); }) == "there is no task 'scael'");
  CHECK(refusal([&] {
          Rig(plugin, "scale", {{"factr", "2"}});
        }) == "there is no parameter 'factr'");
  CHECK(refusal([&] {
          Rig(plugin, "scale", {{"factor", "two"}});
        }) == "'two' is no value of parameter factor");
  CHECK(refusal([&] {
          Rig(plugin, "scale", {{"factor", "2"}, {"wait", "5 s"}});
        }) == "'5 s' is no value of parameter wait");
  for (const char* text : {"1x", "x", "", "1e999", "inf"}) {
    CHECK(refusal([&] {
            Rig(plugin, "scale", {{"factor", "2"}, {"more", text}});
          }) == "'" + std::string(text) + "' is no value of parameter more");
  }
  CHECK(refusal([&] {
          Rig(plugin, "scale", {{"factor", "2"}, {"rounded", "1"}});
        }) == "'1' is no value of parameter rounded");
  CHECK(refusal([&] {
          Rig(plugin, "scale", {{"factor", "2"}, {"more", "-2.5e3"}, {"rounded", "off"}});
        }) == "accepted");

  Rig rig(plugin, "scale", {{"factor", "2"}});
  CHECK(refusal([&] { rig.run("left", 1); }) == "the task has no input 'left'");
  CHECK(refusal([&] { rig.emitted<int>("rejects"); }) == "the task has no output 'rejects'");
  CHECK(refusal([&] { rig.keys("rejects"); }) == "the task has no output 'rejects'");
  CHECK(refusal([&] { rig.run("text"); }) == "the task takes int, not text");
  REQUIRE(rig.run(4));
  CHECK(rig.emitted<int>() == std::vector<int>{8});
}

TEST_CASE("a value that the input cannot hold is refused before the task has it") {
  Plugin plugin;
  register_tasks(plugin);
  Rig rig(plugin, "narrow");
  REQUIRE(rig.run(Wide{-128}));
  CHECK(refusal([&] { rig.run(Wide{128}); }) == "the value of field 'x' does not fit");
  CHECK(rig.emitted<int>() == std::vector<int>{-128});
}

TEST_CASE("an instance that could not be made does nothing") {
  Plugin plugin;
  register_tasks(plugin);
  Rig rig(plugin, "scale");
  CHECK_FALSE(rig.created());
  CHECK_FALSE(rig.open());
  CHECK(rig.failure()->text == "the required parameter 'factor' is not set");
  CHECK_THROWS_WITH(rig.run(1), "the instance could not be created");
}

TEST_CASE("a registration that throws leaves a reason in place of tasks") {
  CHECK(reason<throws_an_error>() == "there is no model at /opt/model");
  CHECK(reason<throws_a_number>() == "an exception of type int");
  CHECK(reason<names_two_tasks_alike>() == "two tasks are named 'scale'");
}
