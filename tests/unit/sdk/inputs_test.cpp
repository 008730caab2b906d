// Tasks with several named inputs.
#include <penstock/testing.hpp>

#include "catch.hpp"

using namespace penstock;

namespace {

struct Row {
  std::int64_t id;
  char name[8];
};
PENSTOCK_FIELDS(Row, id, name)

struct Join {
  std::map<std::int64_t, std::string> names;
  std::int64_t unmatched = 0;

  void left(const Row& row) { names[row.id] = std::string(row.name, ::strnlen(row.name, 8)); }
  void right(std::int64_t id, Emit<std::string>& out, Context& context) {
    const auto found = names.find(id);
    if (found == names.end()) {
      ++unmatched;
      return out.to<std::int64_t>("unmatched")(id);
    }
    out(found->second, id);
    context.log(std::to_string(context.attempt()) + std::string(as_text(context.key())));
  }
  void finish(Emit<std::string>& out) { out(std::to_string(unmatched)); }

  Snapshot snapshot() { return std::pair(unmatched, names.empty() ? "" : names.begin()->second); }
  void restore(const Snapshot& snapshot) {
    std::tie(unmatched, names[0]) = snapshot.as<std::pair<std::int64_t, std::string>>();
  }
};

struct Base {
  std::int64_t both(std::string_view text, int times) const noexcept {
    return static_cast<std::int64_t>(text.size()) * times;
  }
};
struct Either : Base {
  std::optional<std::int64_t> maybe(const Datum& datum) const {
    if (datum.is_null()) return std::nullopt;
    return datum.integer();
  }
};

struct Log {
  std::vector<std::string>* lines = nullptr;
  void errors(std::string_view line) { last = "error " + std::string(line); }
  void warnings(std::string_view line) { last = "warning " + std::string(line); }
  void finish(Context& context) { context.log(last); }
  std::string last;
};

struct TwoTypes {
  int left(int x) { return x; }
  std::string right(int) { return {}; }
};

struct TwoTexts {
  std::string left(int) { return "left"; }
  std::string_view right(int) { return "right"; }
};

struct Nothing {
  void open() {}
};

std::string text(penstock_text text) {
  return {text.data, text.size};
}

std::string refusal(Plugin& plugin) {
  try {
    plugin.table();
  } catch (const std::logic_error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("named inputs and outputs are described in their order, the main output first") {
  for (const bool outputs_first : {true, false}) {
    CAPTURE(outputs_first);
    Plugin plugin;
    auto join = plugin.stateful<Join>("join", "");
    if (outputs_first) join.output<std::int64_t>("unmatched", "ids without a row");
    join.input<&Join::left>("left", "rows").input<&Join::right>("right", "ids");
    if (!outputs_first) join.output<std::int64_t>("unmatched", "ids without a row");

    const penstock_task& task = plugin.table().tasks[0];
    CHECK(task.flags == PENSTOCK_HAS_SNAPSHOT);
    REQUIRE(task.input_count == 2);
    CHECK(text(task.inputs[0].name) == "left");
    CHECK(text(task.inputs[0].type) == "packed(16){id:i64@0,name:char[8]@8}");
    CHECK(text(task.inputs[0].about) == "rows");
    CHECK(text(task.inputs[1].name) == "right");
    CHECK(text(task.inputs[1].type) == "int");
    REQUIRE(task.output_count == 2);
    CHECK(text(task.outputs[0].name) == "");
    CHECK(text(task.outputs[0].type) == "text");
    CHECK(text(task.outputs[1].name) == "unmatched");
  }
}

TEST_CASE("each input has its function, and all share the instance") {
  Plugin plugin;
  plugin.stateful<Join>("join", "")
      .input<&Join::left>("left", "")
      .input<&Join::right>("right", "")
      .output<std::int64_t>("unmatched", "");
  Rig rig(plugin, "join");
  CHECK(rig.run("right", 1));
  CHECK(rig.run("left", Row{1, "one"}));
  CHECK(rig.run("left", Row{2, "two"}));
  rig.give_key("k");
  rig.give_attempt(3);
  CHECK(rig.run("right", 2));
  CHECK(rig.run("right", 7));
  CHECK(rig.finish());
  CHECK(rig.emitted<std::string>() == std::vector<std::string>{"two", "2"});
  CHECK(rig.keys() == std::vector<std::string>{std::string("\2\0\0\0\0\0\0\0", 8), ""});
  CHECK(rig.emitted<std::int64_t>("unmatched") == std::vector<std::int64_t>{1, 7});
  CHECK(rig.logs() == std::vector<std::string>{"3k"});
  CHECK(rig.snapshot());
  Rig other(plugin, "join");
  CHECK(other.restore(rig.answer()));
  CHECK(other.run("right", 0));
  CHECK(other.emitted<std::string>() == std::vector<std::string>{"one"});

  CHECK_THROWS_AS(rig.run("middle", 1), std::invalid_argument);
  CHECK_THROWS_AS(rig.run("left", 1), std::invalid_argument);
  CHECK_THROWS_AS(rig.emitted<int>("unmatched ones"), std::invalid_argument);
}

TEST_CASE("an input has every form of run, and may come from a base") {
  Plugin plugin;
  plugin.transform<Either>("either", "")
      .input<&Either::both>("both", "")
      .input<&Either::maybe>("maybe", "");
  const penstock_task& task = plugin.table().tasks[0];
  CHECK(text(task.inputs[0].type) == "tuple<text,int>");
  CHECK(text(task.inputs[1].type) == "any");
  CHECK(task.outputs[0].flags == PENSTOCK_PORT_KEYLESS);
  Rig rig(plugin, "either");
  CHECK(rig.run("both", std::tuple(std::string("abc"), 2)));
  CHECK(rig.run("maybe", Datum()));
  CHECK(rig.run("maybe", 5));
  CHECK_FALSE(rig.run("maybe", "text"));
  CHECK(rig.emitted<int>() == std::vector<int>{6, 5});
}

TEST_CASE("a sink may have named inputs") {
  Plugin plugin;
  plugin.sink<Log>("log", "")
      .input<&Log::errors>("errors", "")
      .input<&Log::warnings>("warnings", "");
  CHECK(plugin.table().tasks[0].output_count == 0);
  Rig rig(plugin, "log");
  CHECK(rig.run("errors", "one"));
  CHECK(rig.run("warnings", "two"));
  CHECK(rig.finish());
  CHECK(rig.logs() == std::vector<std::string>{"warning two"});
}

TEST_CASE("inputs may emit different C++ types of one type") {
  Plugin plugin;
  plugin.transform<TwoTexts>("two", "")
      .input<&TwoTexts::left>("left", "")
      .input<&TwoTexts::right>("right", "");
  Rig rig(plugin, "two");
  CHECK(rig.run("right", 1));
  CHECK(rig.run("left", 1));
  CHECK(rig.emitted<std::string>() == std::vector<std::string>{"right", "left"});
}

TEST_CASE("inputs that do not fit together are refused in words") {
  Plugin none;
  none.transform<Nothing>("nothing", "");
  CHECK(refusal(none) ==
        "a task has neither a function run nor an .input<&Task::function>(name, about): 'nothing'");

  Plugin types;
  auto two = types.transform<TwoTypes>("two", "");
  two.input<&TwoTypes::left>("left", "");
  CHECK_THROWS_WITH(two.input<&TwoTypes::right>("right", ""),
                    "the inputs of task 'two' emit values of different types: int and text");

  Plugin twins;
  twins.sink<Log>("log", "").input<&Log::errors>("lines", "").input<&Log::warnings>("lines", "");
  CHECK(refusal(twins) == "task 'log': an input is declared twice: 'lines'");

  Plugin unnamed;
  unnamed.sink<Log>("log", "").input<&Log::errors>("", "");
  CHECK(refusal(unnamed) == "task 'log': an input is not named [a-z][a-z0-9_]*: ''");
}

TEST_CASE("an item on an input that is not there fails") {
  Plugin plugin;
  plugin.sink<Log>("log", "").input<&Log::errors>("errors", "");
  const penstock_task& task = plugin.table().tasks[0];
  std::string failure;
  penstock_host host{};
  host.size = sizeof host;
  host.self = &failure;
  host.fail = [](void* self, std::uint32_t, penstock_text why) {
    *static_cast<std::string*>(self) = text(why);
  };
  host.extension = [](void*, penstock_text) -> const void* { return nullptr; };
  void* instance = task.create(task.self, &host, nullptr, 0);
  const penstock_item item{{"x", 1}, {}, 1, 1};
  CHECK(task.run(instance, &host, &item, 1) == PENSTOCK_FAILED);
  CHECK(failure == "an item came on input 1 of a task with 1");
  task.destroy(instance);
}
