#include "plan/tests.hpp"

#include "plan_rig.hpp"

using namespace penstock;
using namespace std::chrono_literals;

namespace {

const std::string stages = R"(stages:
  read: {task: p.read}
  work: {task: p.work, from: read, timeout: 2s}
  many: {task: p.many, from: work, batch: {items: 3}}
  split: {task: p.split, from: many}
  sum: {task: p.sum, from: split, partition: 2, on_failure: skip}
  join: {task: p.join, from: {left: sum, right: split.rejects}}
  save: {task: p.save, from: join}
callbacks: {run_done: {task: p.save}}
)";

Plan planned(const std::string& test) {
  return good_plan(stages + "tests:\n  t: {" + test + "}\n");
}

}  // namespace

TEST_CASE("a test gives its stage lines, and expects JSON") {
  const Plan plan = planned(
      "stage: split, input: [a b, \"7\"], output: {rejects: [7], main: [x]}, attempts: {2: 3}, "
      "dead: {1: no}");
  REQUIRE(plan.tests.size() == 1);
  const TestPlan& test = plan.tests[0];
  CHECK(test.name == "t");
  CHECK(plan.stages.at(test.stage).name == "split");
  REQUIRE(test.inputs.size() == 1);
  CHECK(test.inputs[0].port == 0);
  CHECK(test.inputs[0].lines == std::vector<std::string>{"a b", "7"});
  REQUIRE(test.outputs.size() == 2);
  CHECK(test.outputs[0].port == 1);
  CHECK(test.outputs[0].values == std::vector<std::string>{"7"});
  CHECK(test.outputs[1].values == std::vector<std::string>{"\"x\""});
  CHECK(test.attempts == std::map<std::uint64_t, std::uint64_t>{{2, 3}});
  CHECK(test.dead == std::map<std::uint64_t, std::string>{{1, "no"}});
}

TEST_CASE("a test expects status 1 where an item is given up, unless that is skipped") {
  CHECK(planned("stage: work, input: [a]").tests[0].status == 0);
  CHECK(planned("stage: work, input: [a], dead: [1]").tests[0].status == 1);
  CHECK(planned("stage: sum, input: [a], dead: [1]").tests[0].status == 0);
  CHECK(planned("stage: work, input: [a], dead: [1], status: 4").tests[0].status == 4);
}

TEST_CASE("a fault knows its item by its id, through all inputs") {
  const Plan plan = planned(
      "stage: join, input: {right: [a, b], left: [c]}, "
      "faults: [{crash: 1}, {error: 2, times: 4}, {slow: 3, by: 1s}]");
  const std::vector<FaultPlan>& faults = plan.tests.at(0).faults;
  REQUIRE(faults.size() == 3);
  CHECK(faults[0].kind == FaultKind::crash);
  CHECK(faults[0].item == "right:1");
  CHECK(faults[0].times == 1);
  CHECK(faults[1].kind == FaultKind::error);
  CHECK(faults[1].item == "right:2");
  CHECK(faults[1].times == 4);
  CHECK(faults[2].kind == FaultKind::slow);
  CHECK(faults[2].item == "left:1");
  CHECK(faults[2].by == 1s);
  CHECK(planned("stage: work, input: [a, b], faults: [{exit: 2}]").tests[0].faults[0].item ==
        "input:2");
}

TEST_CASE("the plan of a test is its stage between the engine's sources and sinks") {
  const Plan plan = planned("stage: join, input: {left: [a], right: [b]}, output: [c]");
  const Plan alone = plan_of(plan, plan.tests[0]);
  REQUIRE(stage_names(alone) == std::vector<std::string>{"left", "right", "join", "output 0"});
  CHECK(alone.tests.empty());
  CHECK(alone.pools.size() == plan.pools.size());
  const StagePlan& join = alone.stages[2];
  CHECK(join.task_name == "p.join");
  REQUIRE(join.from.size() == 2);
  CHECK(join.from[0].from == 0);
  CHECK(join.from[0].input == 0);
  CHECK(join.from[1].from == 1);
  CHECK(join.from[1].input == 1);
  REQUIRE(join.readers.size() == 1);
  CHECK(join.readers[0].stage == 3);
  CHECK(alone.stages[0].task.kind == TaskKind::source);
  CHECK(alone.stages[0].readers.at(0).stage == 2);
  CHECK(alone.stages[1].readers.at(0).edge == 1);
  CHECK(alone.stages[3].task.kind == TaskKind::sink);
  CHECK(alone.stages[3].from.at(0).from == 2);
}

TEST_CASE("a source is tested without items, a sink without outputs") {
  const Plan plan = good_plan(stages + R"(tests:
  source: {stage: read, output: [a]}
  sink: {stage: save, input: [a]}
)");
  CHECK(stage_names(plan_of(plan, plan.tests[0])) == std::vector<std::string>{"read", "output 0"});
  CHECK(stage_names(plan_of(plan, plan.tests[1])) == std::vector<std::string>{"input", "save"});
}

TEST_CASE("under test a stage has one instance, and its calls an end") {
  const Plan plan = good_plan(stages + R"(tests:
  sum: {stage: sum, input: [a]}
  work: {stage: work, input: [a], faults: [{crash: 1}]}
)");
  const Plan sum_alone = plan_of(plan, plan.tests[0]);
  const StagePlan& sum = sum_alone.stages.at(1);
  CHECK(sum.instances == 1);
  CHECK_FALSE(sum.partitioned);
  CHECK(sum.timeout == 60s);
  CHECK(sum.faults.empty());
  const Plan work_alone = plan_of(plan, plan.tests[1]);
  CHECK(work_alone.stages.at(1).timeout == 2s);
  REQUIRE(work_alone.stages.at(1).faults.size() == 1);
}

TEST_CASE("an item that a fault is meant for comes alone") {
  const Plan plan = good_plan(stages + R"(tests:
  together: {stage: many, input: [a, b]}
  alone: {stage: many, input: [a, b], faults: [{crash: 1}]}
)");
  CHECK(plan_of(plan, plan.tests[0]).stages.at(1).batch.items == 3);
  CHECK(plan_of(plan, plan.tests[1]).stages.at(1).batch.items == 1);
}
