#include "plan/offer.hpp"

#include "catch.hpp"
#include "spec/load.hpp"

using namespace penstock;

TEST_CASE("each plugin is needed once, those of `plugins` first") {
  const Loaded loaded = load_spec_text("/home/me/a.yaml", R"(pipeline: a
plugins: [text, ./own/libmine.so, /opt/libfar.so]
stages:
  a: {task: files.lines}
  b: {task: text.upper, from: a}
  c: {task: mine.x, from: b}
  d: {task: files.write, from: c}
)");
  REQUIRE(to_text(loaded.findings).empty());
  const std::vector<PluginNeed> needs = needed_plugins(loaded.spec);
  REQUIRE(needs.size() == 4);
  CHECK(needs[0].name == "text");
  CHECK(needs[0].path.empty());
  CHECK(needs[1].name == "mine");
  CHECK(needs[1].path.lexically_normal() == "/home/me/own/libmine.so");
  CHECK(needs[2].name == "far");
  CHECK(needs[2].path == "/opt/libfar.so");
  CHECK(needs[3].name == "files");
  CHECK(needs[3].mark == Mark{0, 4, 13});
}

TEST_CASE("the name of a path is that of its file") {
  Spec spec;
  spec.sources.emplace_back("a.yaml", "");
  CHECK(plugin_need(spec, {"libmine.so", {}}).name == "mine");
  CHECK(plugin_need(spec, {"dir/mine.so", {}}).name == "mine");
  CHECK(plugin_need(spec, {"libmine.so", {}}).path == "libmine.so");
}
