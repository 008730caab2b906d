#include "plugin/library.hpp"

#include "catch.hpp"
#include "plugin/describe.hpp"

using namespace penstock;

TEST_CASE("a plugin in plain C is loaded and described as it is") {
  auto library = Library::open(PLAIN_PLUGIN);
  REQUIRE(library.has_value());
  const auto plugin = describe(*library, PLAIN_PLUGIN);
  REQUIRE(plugin.has_value());
  CHECK(plugin->path == PLAIN_PLUGIN);
  CHECK(plugin->name == "plain");
  CHECK(plugin->version == "1.2.3");
  CHECK(plugin->about == "a plugin in plain C");
  CHECK(plugin->build_id == "0123456789abcdef");
  CHECK(plugin->abi_major == PENSTOCK_ABI_MAJOR);
  REQUIRE(plugin->tasks.size() == 4);

  const TaskDescription& lines = plugin->tasks[0];
  CHECK(lines.name == "lines");
  CHECK(lines.kind == TaskKind::source);
  CHECK(lines.has_snapshot());
  CHECK(lines.reads_input());
  CHECK_FALSE(lines.has_commit());
  CHECK(lines.about == "lines of a file");
  CHECK(lines.inputs.empty());
  REQUIRE(lines.outputs.size() == 1);
  CHECK(lines.outputs[0] == PortDescription{"", "text", "a line", PENSTOCK_PORT_KEYLESS});
  CHECK(lines.outputs[0].keyless());
  REQUIRE(lines.params.size() == 3);
  CHECK(lines.params[0].required());
  CHECK(lines.params[0].maximum == 4096);
  CHECK(lines.params[1].choices == std::vector<std::string>{"fast", "careful"});
  CHECK(lines.params[1].fallback == "fast");
  CHECK(lines.params[2].list());
  CHECK(lines.params[2].secret());

  CHECK(plugin->tasks[1].outputs[1] == PortDescription{"rejects", "text", "what is no word"});
  CHECK_FALSE(plugin->tasks[1].outputs[0].keyless());
  CHECK(plugin->tasks[2].kind == TaskKind::stateful);
  CHECK(plugin->tasks[3].has_commit());
}

TEST_CASE("a task is found by its name") {
  auto library = Library::open(PLAIN_PLUGIN).value();
  const auto tasks = library.tasks().value();
  REQUIRE(tasks.find("sum") != nullptr);
  CHECK(tasks.find("sum")->kind == PENSTOCK_STATEFUL);
  CHECK(tasks.find("su") == nullptr);
  CHECK(tasks.find("") == nullptr);
}

TEST_CASE("a library that is no plugin is refused") {
  const auto library = Library::open("/proc/self/exe");
  REQUIRE(library.has_error());
  CHECK(library.error().status() == Status::refused);
}
