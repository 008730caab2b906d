#include <penstock/testing.hpp>

#include "catch.hpp"

using namespace penstock;
using namespace std::chrono_literals;

namespace {

enum class Mode { fast, exact };
PENSTOCK_ENUM(Mode, fast, exact)

struct Knobs {
  std::string name;
  bool flag = true;
  std::uint8_t small = 3;
  std::int64_t large = -1;
  unsigned natural = 2;
  double ratio = 0.5;
  Mode mode = Mode::exact;
  std::chrono::milliseconds wait = 1500ms;
  std::chrono::seconds coarse = 2min;
  Size size = 64_KiB;
  std::vector<std::string> paths{"a", "b"};
  std::vector<Size> sizes;
  std::optional<int> limit;
  std::string token = "hidden";
  std::string target;

  void params(Params& p) {
    p.required("name", name, "what to call it");
    p.optional("flag", flag, "");
    p.optional("small", small, "", at_least(1));
    p.optional("large", large, "");
    p.optional("natural", natural, "", at_most(100));
    p.optional("ratio", ratio, "", between(0.0, 1.0));
    p.optional("mode", mode, "");
    p.optional("wait", wait, "", at_least(10ms));
    p.optional("coarse", coarse, "");
    p.optional("size", size, "", at_most(1_MiB));
    p.optional("paths", paths, "");
    p.optional("sizes", sizes, "");
    p.optional("limit", limit, "");
    p.optional("token", token, "", secret);
    p.optional("target", target, "", output_file);
  }

  std::string run(std::string_view) const {
    std::string text = name + " " + std::to_string(flag) + " " + std::to_string(small) + " " +
                       std::to_string(large) + " " + std::to_string(ratio).substr(0, 4) + " " +
                       (mode == Mode::fast ? "fast" : "exact") + " " +
                       std::to_string(wait.count()) + " " + std::to_string(coarse.count()) + " " +
                       std::to_string(size);
    for (const std::string& path : paths) text += " " + path;
    for (const Size one : sizes) text += " " + std::to_string(one);
    return text + " " + std::to_string(limit.value_or(-7)) + " " + token;
  }
};

const penstock_param& param(const penstock_task& task, std::string_view name) {
  for (const penstock_param& one : std::span(task.params, task.param_count)) {
    if (std::string_view(one.name.data, one.name.size) == name) return one;
  }
  throw std::out_of_range("no such parameter");
}

std::string fallback(const penstock_task& task, std::string_view name) {
  const penstock_text text = param(task, name).fallback;
  return {text.data, text.size};
}

std::string run_with(const Rig::Settings& settings) {
  Plugin plugin;
  plugin.transform<Knobs>("knobs", "");
  Rig rig(plugin, "knobs", settings);
  REQUIRE(rig.run("x"));
  return rig.emitted<std::string>().front();
}

}  // namespace

TEST_CASE("parameters are described with their defaults as a person writes them") {
  Plugin plugin;
  plugin.transform<Knobs>("knobs", "");
  const penstock_task& task = plugin.table().tasks[0];
  REQUIRE(task.param_count == 15);
  CHECK(fallback(task, "name") == "");
  CHECK(fallback(task, "flag") == "true");
  CHECK(fallback(task, "small") == "3");
  CHECK(fallback(task, "ratio") == "0.5");
  CHECK(fallback(task, "mode") == "exact");
  CHECK(fallback(task, "wait") == "1500ms");
  CHECK(fallback(task, "coarse") == "2min");
  CHECK(fallback(task, "size") == "64KiB");
  CHECK(fallback(task, "paths") == "[a, b]");
  CHECK(fallback(task, "limit") == "");
}

TEST_CASE("kinds, flags, limits and choices are described") {
  Plugin plugin;
  plugin.transform<Knobs>("knobs", "");
  const penstock_task& task = plugin.table().tasks[0];
  CHECK(param(task, "name").flags == PENSTOCK_PARAM_REQUIRED);
  CHECK(param(task, "name").kind == PENSTOCK_PARAM_TEXT);
  CHECK(param(task, "token").flags == PENSTOCK_PARAM_SECRET);
  CHECK(param(task, "target").flags == PENSTOCK_PARAM_OUTPUT);
  CHECK(param(task, "paths").flags == PENSTOCK_PARAM_LIST);
  CHECK(param(task, "sizes").kind == PENSTOCK_PARAM_SIZE);
  CHECK(param(task, "large").flags == 0);
  CHECK(param(task, "small").flags == (PENSTOCK_PARAM_HAS_MIN | PENSTOCK_PARAM_HAS_MAX));
  CHECK(param(task, "small").minimum == 1);
  CHECK(param(task, "small").maximum == 255);
  CHECK(param(task, "natural").minimum == 0);
  CHECK(param(task, "natural").maximum == 100);
  CHECK(param(task, "wait").minimum == 1e7);
  CHECK(param(task, "size").maximum == 1 << 20);
  REQUIRE(param(task, "mode").choice_count == 2);
  CHECK(std::string_view(param(task, "mode").choices[1].data) == "exact");
}

TEST_CASE("what is not set keeps its default") {
  CHECK(run_with({{"name", "n"}}) == "n 1 3 -1 0.50 exact 1500 120 65536 a b -7 hidden");
}

TEST_CASE("what is set arrives") {
  CHECK(run_with({{"name", "n"},
                  {"flag", "false"},
                  {"small", "9"},
                  {"large", "-5"},
                  {"ratio", "0.25"},
                  {"mode", "fast"},
                  {"wait", "20ms"},
                  {"coarse", "1h"},
                  {"size", "1KiB"},
                  {"paths", "x"},
                  {"sizes", "1"},
                  {"sizes", "2KiB"},
                  {"limit", "4"},
                  {"token", "t"}}) == "n 0 9 -5 0.25 fast 20 3600 1024 x 1 2048 4 t");
}

TEST_CASE("an instance that cannot be set up says why") {
  const auto refusal = [](const Rig::Settings& settings) {
    Plugin plugin;
    plugin.transform<Knobs>("knobs", "");
    Rig rig(plugin, "knobs", settings);
    CHECK_FALSE(rig.created());
    return rig.failure()->text;
  };
  CHECK(refusal({}) == "the required parameter 'name' is not set");
  CHECK(refusal({{"name", "n"}, {"mode", "slow"}}) == "'slow' is none of a parameter's choices");
  CHECK(refusal({{"name", "n"}, {"coarse", "1500ms"}}) ==
        "a parameter's duration of 1500ms is finer than the task can tell");
  CHECK(refusal({{"name", "n"}, {"small", "300"}}) == "a parameter's number does not fit");
  CHECK(refusal({{"name", "n"}, {"flag", "true"}, {"flag", "true"}}) ==
        "a parameter that is no list is set to several values");
}
