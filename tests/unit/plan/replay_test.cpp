// The part of a plan that items take which were given up.
#include "plan/replay.hpp"

#include "plan_rig.hpp"

using namespace penstock;

namespace {

ReplayPlan good_replay(const Plan& plan, const std::vector<Entrance>& entrances,
                       bool stateful_anew = false, const std::set<std::string>& also = {}) {
  auto replay = replay_plan(plan, entrances, also, stateful_anew);
  INFO((replay ? std::string() : replay.error().what()));
  REQUIRE(replay.has_value());
  return std::move(*replay);
}

std::string refusal(const Plan& plan, const Entrance& entrance) {
  const auto replay = replay_plan(plan, {entrance}, {}, false);
  REQUIRE(replay.has_error());
  CHECK(replay.error().status() == Status::refused);
  return replay.error().what();
}

// Every edge has its reader, and the other way around, wherever they stand.
void check_edges(const Plan& plan) {
  std::size_t edges = 0;
  std::size_t read = 0;
  for (std::size_t i = 0; i < plan.stages.size(); ++i) {
    edges += plan.stages[i].from.size();
    for (const Reader& reader : plan.stages[i].readers) {
      REQUIRE(reader.stage < plan.stages.size());
      const StagePlan& first = plan.stages[reader.stage];
      for (std::size_t one = 0; one < first.instances; ++one) {
        const StagePlan& stage = plan.stages[reader.stage + one];
        CHECK(stage.instance == one);
        REQUIRE(reader.edge < stage.from.size());
        CHECK(stage.from[reader.edge].from == i);
        CHECK(stage.from[reader.edge].output == reader.output);
        ++read;
      }
    }
  }
  CHECK(edges == read);
}

const Plan& diamond() {
  static const Plan plan = good_plan(R"(stages:
  read: {task: p.read}
  split: {task: p.split, from: read}
  left: {task: p.work, from: split}
  right: {task: p.work, from: [read, split]}
  save: {task: p.save, from: [left, split.rejects, right, left.failed]}
  other: {task: p.save, from: split}
)");
  return plan;
}

}  // namespace

TEST_CASE("what is replayed goes through the stage that gave it up and those behind it") {
  const ReplayPlan replay = good_replay(diamond(), {{"left", "", "text"}});
  REQUIRE(stage_names(replay.plan) == std::vector<std::string>{"replay", "left", "save"});
  check_edges(replay.plan);

  const StagePlan& source = replay.plan.stages[ReplayPlan::kSource];
  CHECK(source.task.kind == TaskKind::source);
  REQUIRE(source.task.outputs.size() == 1);
  CHECK(source.task.outputs[0].type == "text");
  CHECK(source.from.empty());
  REQUIRE(replay.plan.stages[1].from.size() == 1);
  CHECK(replay.plan.stages[1].from[0].from == ReplayPlan::kSource);
  CHECK(replay.plan.stages[1].from[0].type == "text");

  // Of the edges of `save`, those from stages that are not there are gone.
  const std::vector<Edge>& from = replay.plan.stages[2].from;
  REQUIRE(from.size() == 2);
  CHECK(from[0].from == 1);
  CHECK(from[0].output == 0);
  CHECK(from[1].output == kFailedOutput);
  CHECK(replay.outputs.at({"left", "", "text"}) == 0);
}

TEST_CASE("items of several stages and types come in by an output each") {
  const std::vector<Entrance> entrances{
      {"save", "", "int"}, {"save", "", "text"}, {"split", "", "text"}};
  const ReplayPlan replay = good_replay(diamond(), entrances);
  CHECK(stage_names(replay.plan) ==
        std::vector<std::string>{"replay", "split", "left", "right", "save", "other"});
  check_edges(replay.plan);
  const StagePlan& source = replay.plan.stages[ReplayPlan::kSource];
  REQUIRE(source.task.outputs.size() == 3);
  REQUIRE(source.readers.size() == 3);
  for (const Entrance& entrance : entrances) {
    const std::uint16_t output = replay.outputs.at(entrance);
    CHECK(source.task.outputs[output].type == entrance.type);
    const StagePlan& stage = replay.plan.stages[source.readers[output].stage];
    CHECK(stage.name == entrance.stage);
    CHECK(stage.from[source.readers[output].edge].type == entrance.type);
  }
  // `read` is gone, and with it the first edge of `right`.
  REQUIRE(replay.plan.stages[3].from.size() == 1);
  CHECK(replay.plan.stages[3].from[0].from == 1);
}

TEST_CASE("the plan itself is not changed by a replay of a part of it") {
  const std::vector<std::string> before = stage_names(diamond());
  (void)good_replay(diamond(), {{"save", "", "text"}});
  CHECK(stage_names(diamond()) == before);
  check_edges(diamond());
}

TEST_CASE("items come to a stateful task only where it begins anew") {
  const Plan plan = good_plan(R"(stages:
  read: {task: p.read}
  work: {task: p.work, from: read}
  sum: {task: p.sum, from: work}
  save: {task: p.save, from: sum}
)");
  CHECK(refusal(plan, {"work", "", "text"}) ==
        "stage `sum` (p.sum) has given what it had to give, so that nothing can be added to it; "
        "--outputs DIR runs these items alone, for what comes of them");
  CHECK(refusal(plan, {"sum", "", "text"}).starts_with("stage `sum` (p.sum) has given"));
  CHECK(stage_names(good_replay(plan, {{"work", "", "text"}}, true).plan) ==
        std::vector<std::string>{"replay", "work", "sum", "save"});
  // What stands behind it may get items.
  CHECK(good_replay(plan, {{"save", "", "text"}}).plan.stages.size() == 2);
}

TEST_CASE("a partitioned stage has all its instances, and an item the input it came to") {
  const Plan plan = good_plan(R"(stages:
  read: {task: p.read}
  more: {task: p.read}
  sum: {task: p.sum, from: [read, more], partition: 3}
  join: {task: p.join, from: {left: sum, right: more}}
  save: {task: p.save, from: [join, sum]}
)");
  const std::vector<Entrance> entrances{{"join", "right", "text"}, {"sum", "", "text"}};
  const ReplayPlan replay = good_replay(plan, entrances, true);
  REQUIRE(stage_names(replay.plan) ==
          std::vector<std::string>{"replay", "sum", "sum", "sum", "join", "save"});
  check_edges(replay.plan);
  for (std::size_t i = 1; i <= 3; ++i) {
    REQUIRE(replay.plan.stages[i].from.size() == 1);
    CHECK(replay.plan.stages[i].from[0].from == ReplayPlan::kSource);
  }
  const std::vector<Edge>& joined = replay.plan.stages[4].from;
  REQUIRE(joined.size() == 4);
  CHECK(joined[0].input == 0);
  CHECK(joined[3].input == 1);
  CHECK(joined[3].from == ReplayPlan::kSource);
}

TEST_CASE("callbacks hear of the stages that are there") {
  const Plan plan = good_plan(R"(stages:
  read: {task: p.read}
  one: {task: p.work, from: read}
  two: {task: p.work, from: read}
  save: {task: p.save, from: one}
  other: {task: p.save, from: two}
callbacks:
  stage_done: [{task: p.save}, {task: p.save, stages: [one, two]}, {task: p.save, stages: [two]}]
)");
  const ReplayPlan replay = good_replay(plan, {{"one", "", "text"}});
  std::vector<std::vector<std::size_t>> told;
  for (const StagePlan& stage : replay.plan.stages) {
    if (stage.callback) told.push_back(stage.callback->stages);
  }
  // That of `two` has nothing to hear; without stages it would hear of all.
  CHECK(told == std::vector<std::vector<std::size_t>>{{}, {1}});
}

TEST_CASE("a stage may have a place although nothing comes to it") {
  const ReplayPlan replay = good_replay(diamond(), {}, false, {"save", "nobody"});
  REQUIRE(stage_names(replay.plan) == std::vector<std::string>{"replay", "save"});
  CHECK(replay.plan.stages[1].from.empty());
  CHECK(replay.plan.stages[0].readers.empty());
}

TEST_CASE("what is not there any more cannot be replayed") {
  CHECK(refusal(diamond(), {"gone", "", "text"}) ==
        "an item was given up by stage `gone`, which the pipeline has no more");
  CHECK(refusal(diamond(), {"save", "left", "text"}) ==
        "the task of stage `save` has no input `left` any more");
  const Plan plan = good_plan(R"(stages:
  read: {task: p.read}
  join: {task: p.join, from: {left: read, right: read}}
  save: {task: p.save, from: join}
)");
  const auto replay = replay_plan(plan, {{"join", "", "text"}}, {}, true);
  REQUIRE(replay.has_error());
  CHECK(std::string(replay.error().what()) ==
        "the task of stage `join` has no main input any more");
}
