// Sources, stateful tasks and sinks, with snapshots and commits.
#include <penstock/testing.hpp>

#include "catch.hpp"

using namespace penstock;

namespace {

struct Row {
  std::int64_t id;
};
PENSTOCK_FIELDS(Row, id)

struct Rows {
  std::int64_t count = 10;
  std::int64_t next = 0;
  bool opened = false;

  void params(Params& p) { p.optional("count", count, "how many rows"); }
  void open(Context& context) {
    opened = true;
    context.log("from " + std::to_string(next));
  }
  bool produce(std::size_t want, Emit<Row>& out, Context&) {
    for (; want != 0 && next != count; --want) out(Row{next++});
    return next != count;
  }
  std::optional<std::uint64_t> size() { return static_cast<std::uint64_t>(count); }
  Snapshot snapshot() { return next; }
  void restore(Snapshot snapshot) { next = snapshot.as<std::int64_t>(); }
};

struct Echo {
  static constexpr bool reads_input = true;
  bool produce(std::size_t, Emit<std::string_view>& out, Context& context) {
    const Input input = context.input();
    if (!input.text.empty()) out(input.text);
    context.consume(input.text.size());
    return !input.end;
  }
};

struct Totals {
  std::map<std::string, std::int64_t> counts;

  void run(std::string_view word) { ++counts[std::string(word)]; }
  void finish(Emit<std::tuple<std::string, std::int64_t>>& out) {
    for (const auto& entry : counts) out({entry.first, entry.second});
  }
  Snapshot snapshot(Context& context) {
    context.log("snapshot");
    return counts;
  }
  void restore(const Snapshot& snapshot) { counts = snapshot.as<decltype(counts)>(); }
};

struct Save {
  std::vector<std::int64_t>* target = nullptr;
  std::uint64_t committed = 0;

  Epoch open(Epoch last, Snapshot at, Context& context) {
    if (!at.empty()) committed = at.as<std::uint64_t>();
    context.log("at " + std::to_string(committed));
    return last.number + 1;
  }
  void run(const Row&) { ++committed; }
  Snapshot commit(Epoch epoch, Context& context) {
    context.log(std::to_string(epoch.number) + (epoch.sync ? " sync" : "") +
                (epoch.last ? " last" : ""));
    return committed;
  }
  void finish(Context& context) { context.log("finished"); }
  void close() {}
};

struct Minimal {
  void run(std::string_view) {}
};

}  // namespace

TEST_CASE("a source produces what it is asked for and says when it ends") {
  Plugin plugin;
  plugin.source<Rows>("rows", "");
  const penstock_task& task = plugin.table().tasks[0];
  CHECK(task.kind == PENSTOCK_SOURCE);
  CHECK(task.flags == PENSTOCK_HAS_SNAPSHOT);
  CHECK(task.input_count == 0);
  CHECK(task.run == nullptr);

  Rig rig(plugin, "rows", {{"count", "5"}});
  CHECK(rig.total() == 5);
  CHECK(rig.open());
  CHECK(rig.produce(3));
  CHECK(rig.emitted<Row>().size() == 3);
  CHECK_FALSE(rig.ended());
  CHECK(rig.produce(3));
  CHECK(rig.emitted<Row>().size() == 5);
  CHECK(rig.ended());
}

TEST_CASE("a source goes on from its snapshot") {
  Plugin plugin;
  plugin.source<Rows>("rows", "");
  Rig first(plugin, "rows");
  CHECK(first.produce(4));
  CHECK(first.snapshot());
  Rig second(plugin, "rows");
  CHECK(second.restore(first.answer()));
  CHECK(second.open());
  CHECK(second.logs() == std::vector<std::string>{"from 4"});
  CHECK(second.drain());
  CHECK(second.emitted<Row>().front().id == 4);
  CHECK(second.emitted<Row>().size() == 6);
}

TEST_CASE("a source reads the standard input without copying it") {
  Plugin plugin;
  plugin.source<Echo>("echo", "");
  plugin.source("one", "", [](std::size_t, Emit<int>& out) {
    out(1);
    return false;
  });
  CHECK(plugin.table().tasks[0].flags == PENSTOCK_READS_INPUT);
  CHECK(plugin.table().tasks[0].total == nullptr);
  Rig rig(plugin, "echo");
  CHECK(rig.produce(1));
  CHECK(rig.emissions().empty());
  rig.feed("abc\n", true);
  CHECK(rig.produce(1));
  CHECK(rig.ended());
  CHECK(rig.consumed() == 4);
  CHECK(rig.emissions().front().way == Rig::Way::passed_on);
  CHECK_FALSE(rig.total());
  Rig one(plugin, "one");
  CHECK(one.drain());
  CHECK(one.emitted<int>() == std::vector<int>{1});
}

TEST_CASE("a stateful task goes on from its snapshot and emits at its end") {
  Plugin plugin;
  plugin.stateful<Totals>("totals", "");
  const penstock_task& task = plugin.table().tasks[0];
  CHECK(task.flags == PENSTOCK_HAS_SNAPSHOT);
  REQUIRE(task.output_count == 1);
  CHECK(std::string_view(task.outputs[0].type.data, task.outputs[0].type.size) ==
        "tuple<text,int>");

  Rig first(plugin, "totals");
  for (const char* word : {"b", "a", "b"}) CHECK(first.run(word));
  CHECK(first.snapshot());
  Rig second(plugin, "totals");
  CHECK(second.restore(first.answer()));
  CHECK(second.run("b"));
  CHECK(second.emissions().empty());
  CHECK(second.finish());
  using Count = std::tuple<std::string, std::int64_t>;
  CHECK(second.emitted<Count>() == std::vector<Count>{{"a", 1}, {"b", 3}});
}

TEST_CASE("a sink commits epochs and answers what it holds") {
  Plugin plugin;
  plugin.sink<Save>("save", "");
  plugin.sink<Minimal>("minimal", "");
  plugin.sink("count", "", [](const std::vector<int>&) {});
  const penstock_task& task = plugin.table().tasks[0];
  CHECK(task.flags == PENSTOCK_HAS_COMMIT);
  CHECK(task.output_count == 0);

  Rig rig(plugin, "save");
  CHECK(rig.open(Epoch(4), Snapshot(std::uint64_t{20})));
  CHECK(rig.held() == 5);
  CHECK(rig.run(Row{1}));
  CHECK(rig.commit({5, true, true}));
  CHECK(rig.answer().as<std::uint64_t>() == 21);
  CHECK(rig.finish());
  CHECK(rig.close());
  CHECK(rig.logs() == std::vector<std::string>{"at 20", "5 sync last", "finished"});

  const penstock_task& minimal = plugin.table().tasks[1];
  CHECK(minimal.flags == 0);
  CHECK(minimal.open == nullptr);
  CHECK(minimal.commit == nullptr);
}
