// The forms in which a task's work can be written.
#include <penstock/testing.hpp>

#include "catch.hpp"

using namespace penstock;

namespace {

struct Row {
  std::int64_t id;
  char name[8];
};
PENSTOCK_FIELDS(Row, id, name)

struct Count {
  std::string word;
  std::int64_t count = 0;
};
PENSTOCK_FIELDS(Count, word, count)

std::int64_t twice(std::int64_t x) noexcept {
  return 2 * x;
}

struct Grep {
  std::string pattern;
  void params(Params& p) { p.required("pattern", pattern, "what lines have to contain"); }
  void run(std::string_view line, Emit<std::string_view>& out) const {
    (line.find(pattern) != line.npos ? out : out.to("rejects"))(line);
  }
};

struct Mixed {  // outputs of two types, keys, everything that a context knows
  void run(std::string_view text, Emit<std::string_view> out, Context& context) {
    context.log("got " + std::string(text));
    context.progress(1, 2);
    out(text, text.substr(0, 1));
    out(context.item_id(), context.attempt());
    out.to<std::int64_t>("sizes")(static_cast<std::int64_t>(text.size()));
    out.to<std::string>("same")("a string on an output of views");
    if (context.cancelled()) out("cancelled");
  }
};

std::string type_of_input(Plugin& plugin, std::size_t task) {
  const penstock_text type = plugin.table().tasks[task].inputs[0].type;
  return {type.data, type.size};
}

std::string type_of_output(Plugin& plugin, std::size_t task) {
  const penstock_text type = plugin.table().tasks[task].outputs[0].type;
  return {type.data, type.size};
}

}  // namespace

TEST_CASE("a function of one value") {
  Plugin plugin;
  plugin.transform("square", "", [](std::int64_t x) { return x * x; });
  plugin.transform("twice", "", twice);
  Rig square(plugin, "square");
  CHECK(square.run(7));
  CHECK(square.emitted<std::int64_t>() == std::vector<std::int64_t>{49});
  Rig doubled(plugin, "twice");
  CHECK(doubled.run(7));
  CHECK(doubled.emitted<std::int64_t>() == std::vector<std::int64_t>{14});
}

TEST_CASE("a function of several values takes a tuple") {
  Plugin plugin;
  plugin.transform("repeat", "", [](std::string_view text, int times, Context& context) {
    std::string all;
    for (int i = 0; i != times; ++i) all += text;
    context.log(all);
    return all;
  });
  CHECK(type_of_input(plugin, 0) == "tuple<text,int>");
  Rig rig(plugin, "repeat");
  CHECK(rig.run(std::tuple(std::string("ab"), 2)));
  CHECK(rig.emitted<std::string>() == std::vector<std::string>{"abab"});
  CHECK(rig.logs() == std::vector<std::string>{"abab"});
}

TEST_CASE("a function of a tuple is the same") {
  Plugin plugin;
  plugin.transform("sum", "", [](const std::tuple<int, int>& pair) {
    return std::get<0>(pair) + std::get<1>(pair);
  });
  Rig rig(plugin, "sum");
  CHECK(rig.run(std::pair(2, 3)));
  CHECK(rig.emitted<int>() == std::vector<int>{5});
}

TEST_CASE("an empty optional emits nothing") {
  Plugin plugin;
  plugin.transform("odd", "", [](int x) -> std::optional<int> {
    return x % 2 != 0 ? std::optional(x) : std::nullopt;
  });
  CHECK(type_of_output(plugin, 0) == "int");
  Rig rig(plugin, "odd");
  for (const int x : {1, 2, 3}) CHECK(rig.run(x));
  CHECK(rig.emitted<int>() == std::vector<int>{1, 3});
}

TEST_CASE("a view into the input is passed on, anything else is copied") {
  Plugin plugin;
  plugin.transform("head", "", [](std::string_view text) { return text.substr(0, 2); });
  plugin.transform("name", "", [](const Row& row) { return std::string_view(row.name); });
  plugin.transform("self", "", [](const Row& row) -> const Row& { return row; });
  plugin.transform("copy", "", [](std::string text) { return text + "!"; });
  plugin.transform("bytes", "", [](Bytes bytes) { return bytes; });
  plugin.transform("datum", "", [](const Datum& datum) { return datum["word"]; });
  const Row row{1, "name"};
  const auto way_of = [&](const char* task, const auto& value) {
    Rig rig(plugin, task);
    REQUIRE(rig.run(value));
    return rig.emissions().front().way;
  };
  CHECK(way_of("head", std::string_view("text")) == Rig::Way::passed_on);
  CHECK(way_of("name", row) == Rig::Way::passed_on);
  CHECK(way_of("self", row) == Rig::Way::passed_on);
  CHECK(way_of("copy", std::string_view("text")) == Rig::Way::copied);
  CHECK(way_of("bytes", std::string_view("text")) == Rig::Way::passed_on);
  CHECK(way_of("datum", Count{"word", 1}) == Rig::Way::passed_on);
}

TEST_CASE("what is built in a loan is handed on, once") {
  Plugin plugin;
  plugin.transform("build", "", [](std::string_view text, Emit<Bytes>& out, Context& context) {
    const std::span<std::byte> block = context.loan(text.size());
    std::memcpy(block.data(), text.data(), text.size());
    out(block);
    out(block.first(1));
  });
  plugin.transform("row", "", [](std::int64_t id, Emit<Row>& out, Context& context) {
    Row& row = context.loan<Row>();
    row.id = id;
    out(row);
  });
  Rig build(plugin, "build");
  CHECK(build.run("abc"));
  CHECK(build.emissions()[0].way == Rig::Way::loaned);
  CHECK(build.emissions()[1].way == Rig::Way::copied);
  CHECK(build.emitted<std::vector<std::byte>>()[0].size() == 3);
  Rig row(plugin, "row");
  CHECK(row.run(9));
  CHECK(row.emissions()[0].way == Rig::Way::loaned);
  CHECK(row.emitted<Row>()[0].id == 9);
  CHECK(std::string_view(row.emitted<Row>()[0].name) == "");
}

TEST_CASE("several items in one call") {
  Plugin plugin;
  plugin.transform("sum", "", [](std::span<const Row> rows, Emit<std::int64_t>& out) {
    std::int64_t sum = 0;
    for (const Row& row : rows) sum += row.id;
    out(sum);
  });
  plugin.transform("total", "", [](std::span<const std::string_view> lines) {
    return static_cast<int>(lines.size());
  });
  plugin.transform("one", "", [](Bytes bytes) { return static_cast<int>(bytes.size()); });
  CHECK(plugin.table().tasks[0].flags == PENSTOCK_TAKES_BATCH);
  CHECK(plugin.table().tasks[2].flags == 0);
  CHECK(type_of_input(plugin, 1) == "text");
  Rig rig(plugin, "sum");
  const std::array rows{Row{1, ""}, Row{2, ""}, Row{3, ""}};
  CHECK(rig.run_batch(std::span(rows)));
  CHECK(rig.emitted<std::int64_t>() == std::vector<std::int64_t>{6});
  Rig total(plugin, "total");
  const std::array<std::string_view, 2> lines{"a", "b"};
  CHECK(total.run_batch(std::span(lines)));
  CHECK(total.emitted<int>() == std::vector<int>{2});
}

TEST_CASE("a struct with parameters and a second output") {
  Plugin plugin;
  plugin.transform<Grep>("grep", "lines").output<std::string_view>("rejects", "the others");
  Rig rig(plugin, "grep", {{"pattern", "an"}});
  CHECK(rig.open());
  CHECK(rig.run("banana"));
  CHECK(rig.run("cherry"));
  CHECK(rig.emitted<std::string>() == std::vector<std::string>{"banana"});
  CHECK(rig.emitted<std::string>("rejects") == std::vector<std::string>{"cherry"});
}

TEST_CASE("outputs of other types, keys and the context") {
  Plugin plugin;
  plugin.transform<Mixed>("mixed", "")
      .output<std::int64_t>("sizes", "")
      .output<std::string_view>("same", "");
  Rig rig(plugin, "mixed");
  CHECK(rig.run("text"));
  CHECK(rig.emissions()[0].key == "t");
  CHECK(rig.emissions()[1].key == std::string("\1\0\0\0\0\0\0\0", 8));
  CHECK(rig.emitted<std::string>()[1] == "rig:0");
  CHECK(rig.emitted<std::int64_t>("sizes") == std::vector<std::int64_t>{4});
  CHECK(rig.emitted<std::string>("same").size() == 1);
  CHECK(rig.logs() == std::vector<std::string>{"got text"});
  CHECK(rig.progress() == std::pair(1.0, 2.0));
  rig.clear();
  rig.cancel();
  CHECK(rig.run("more"));
  CHECK(rig.emitted<std::string>().back() == "cancelled");
}

TEST_CASE("values are converted to what the task takes") {
  Plugin plugin;
  plugin.transform("half", "", [](double x) { return x / 2; });
  plugin.transform("word", "", [](const Count& count) { return count.word; });
  plugin.transform("kind", "", [](const Datum& datum) { return to_string(datum.kind()); });
  Rig half(plugin, "half");
  CHECK(half.run(3));
  CHECK(half.emitted<double>() == std::vector<double>{1.5});
  CHECK_THROWS_AS(half.run("text"), std::invalid_argument);
  Rig kind(plugin, "kind");
  CHECK(kind.run("text"));
  CHECK(kind.run(1.5));
  CHECK(kind.run(Row{1, "x"}));
  CHECK(kind.emitted<std::string>() == std::vector<std::string>{"text", "float", "map"});
}

TEST_CASE("each instance has its own copy of a function's state") {
  Plugin plugin;
  plugin.transform("count", "", [calls = 10](int) mutable { return ++calls; });
  Rig first(plugin, "count");
  Rig second(plugin, "count");
  CHECK(first.run(0));
  CHECK(first.run(0));
  CHECK(second.run(0));
  CHECK(first.emitted<int>() == std::vector<int>{11, 12});
  CHECK(second.emitted<int>() == std::vector<int>{11});
}
