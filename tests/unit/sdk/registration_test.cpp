#include <penstock/plugin.hpp>

#include "catch.hpp"

using namespace penstock;

namespace {

int same(int x) {
  return x;
}

struct Doubled {
  int a = 0;
  int b = 0;
  void params(Params& p) {
    p.optional("a", a, "");
    p.optional("a", b, "");
  }
  int run(int x) { return x; }
};

// A data member that happens to be called like a function of tasks, and a base class that has one.
struct Base {
  void open() {}
};
struct Members : Base {
  Size size;
  static int run(int x) { return x; }
};

template <class Register>
std::string refusal(Register with) {
  Plugin plugin;
  with(plugin);
  try {
    plugin.table();
  } catch (const std::logic_error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

PENSTOCK_PLUGIN("registered", "1.2.3", "for the test of its own description") {
  plugin.transform("same", "the same number", same);
}

TEST_CASE("a plugin describes itself through its one symbol") {
  CHECK(penstock_plugin.magic == PENSTOCK_MAGIC);
  CHECK(penstock_plugin.size == sizeof(penstock_plugin_info));
  CHECK(penstock_plugin.abi_major == PENSTOCK_ABI_MAJOR);
  CHECK(std::string_view(penstock_plugin.version.data, penstock_plugin.version.size) == "1.2.3");
  penstock_text error{};
  const penstock_table* table = penstock_plugin.describe(&error);
  REQUIRE(table != nullptr);
  CHECK(penstock_plugin.describe(&error) == table);
  CHECK(table->task_count == 1);
  CHECK(table->task_size == sizeof(penstock_task));
  const penstock_task& task = table->tasks[0];
  CHECK(task.size == sizeof(penstock_task));
  CHECK(std::string_view(task.name.data, task.name.size) == "same");
  CHECK(std::string_view(task.about.data, task.about.size) == "the same number");
  CHECK(task.kind == PENSTOCK_TRANSFORM);
  CHECK(task.input_count == 1);
  CHECK(task.output_count == 1);
}

TEST_CASE("what the engine could not tell apart is refused") {
  CHECK(refusal([](Plugin& plugin) {
          plugin.transform("same", "", same);
          plugin.sink("same", "", [](int) {});
        }) == "two tasks are named 'same'");
  CHECK(refusal([](Plugin& plugin) { plugin.transform("Same", "", same); }) ==
        "a task is not named [a-z][a-z0-9_]*: 'Same'");
  CHECK(refusal([](Plugin& plugin) { plugin.transform("", "", same); }) ==
        "a task is not named [a-z][a-z0-9_]*: ''");
  CHECK(refusal([](Plugin& plugin) {
          plugin.transform("same", "", same).output<int>("x", "").output<int>("x", "");
        }) == "task 'same': an output is declared twice: 'x'");
  CHECK(refusal([](Plugin& plugin) { plugin.transform("same", "", same).output<int>("X", ""); }) ==
        "task 'same': an output is not named [a-z][a-z0-9_]*: 'X'");
  CHECK(refusal([](Plugin& plugin) { plugin.sink("none", "", [](int) {}).output<int>("x", ""); }) ==
        "a task with named outputs has no main one: 'none'");
  CHECK(refusal([](Plugin& plugin) { plugin.transform<Doubled>("doubled", ""); }) ==
        "task 'doubled': a parameter is declared twice: 'a'");
}

TEST_CASE("members are recognised by what they are") {
  Plugin plugin;
  plugin.transform<Members>("members", "");
  const penstock_task& task = plugin.table().tasks[0];
  CHECK(task.total == nullptr);
  CHECK(task.open != nullptr);
  CHECK(task.run != nullptr);
}
