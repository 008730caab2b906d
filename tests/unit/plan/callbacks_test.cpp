#include "plan/callbacks.hpp"

#include "plan_rig.hpp"

using namespace penstock;
using namespace std::chrono_literals;

namespace {

const std::string stages = R"(stages:
  read: {task: p.read}
  sum: {task: p.sum, from: read, partition: 2}
  save: {task: p.save, from: sum}
)";

}  // namespace

TEST_CASE("callbacks are stages behind all others, which nobody feeds") {
  const Plan plan = good_plan(R"(callbacks:
  item_done: [{task: p.save}, {task: p.save, overflow: drop, timeout: 5s, stages: read}]
  stage_done: {task: p.save, stages: [sum, save]}
  run_done: {task: p.save}
)" + stages);
  REQUIRE(stage_names(plan) == std::vector<std::string>{"read", "sum", "sum", "save", "item_done",
                                                        "item_done.2", "stage_done", "run_done"});
  for (std::size_t i = 0; i < 4; ++i) CHECK_FALSE(plan.stages[i].callback);
  const StagePlan& first = plan.stages[4];
  REQUIRE(first.callback);
  CHECK(first.callback->event == Event::item_done);
  CHECK(first.callback->stages.empty());
  CHECK_FALSE(first.callback->drop);
  CHECK_FALSE(first.callback->command);
  CHECK(first.from.empty());
  CHECK(first.readers.empty());
  CHECK(first.timeout == 30s);
  CHECK(first.retry.attempts == 1);
  CHECK(first.queue.items == 10'000);
  CHECK(first.task_name == "p.save");
  const StagePlan& second = plan.stages[5];
  CHECK(second.callback->drop);
  CHECK(second.callback->stages == std::vector<std::size_t>{0});
  CHECK(second.timeout == 5s);
  CHECK(second.pool != first.pool);
  CHECK(plan.stages[6].callback->stages == std::vector<std::size_t>{1, 2, 3});
  CHECK(plan.stages[7].callback->event == Event::run_done);
}

TEST_CASE("each callback has a pool of its own, of one process") {
  PlanOptions options = four_cores();
  options.processes = 3;
  const Plan plan = good_plan("callbacks: {run_done: {exec: [echo]}}\n" + stages, options);
  REQUIRE(plan.pools.size() == 2);
  CHECK(plan.pools[0].processes == 3);
  CHECK(plan.pools[1].name == "callback");
  CHECK(plan.pools[1].processes == 1);
  CHECK(plan.stages.back().pool == 1);
}

TEST_CASE("a command is run by exec.run, with its words as they are") {
  const Loaded loaded = load_spec_text(
      "a.yaml", "pipeline: a\ncallbacks: {run_done: {exec: [say, \"{x} {}\"]}}\n" + stages);
  const std::vector<PluginNeed> needs = needed_plugins(loaded.spec);
  REQUIRE(needs.size() == 2);
  CHECK(needs[1].name == "exec");
  const Plan plan = make_plan(loaded.spec, offer_of_kinds(), four_cores()).plan;
  const StagePlan& stage = plan.stages.back();
  CHECK(stage.task_name == "exec.run");
  CHECK(stage.callback->command);
  REQUIRE(stage.arguments.size() == 3);
  CHECK(stage.arguments[0].name == "argv");
  CHECK(stage.arguments[0].values.at(0).text == "say");
  CHECK(stage.arguments[0].values.at(1).text == "{{x}} {{}}");
  CHECK(stage.arguments[1].name == "stdin");
  CHECK(stage.arguments[1].values.at(0).text == "item");
  CHECK(stage.arguments[2].name == "output");
  CHECK(stage.arguments[2].values.at(0).text == "none");
}

TEST_CASE("what a callback takes has to fit a completion") {
  const Planned planned = plan_text("callbacks: {run_done: {task: p.work}}\n" + stages);
  REQUIRE(planned.findings.size() == 1);
  CHECK(planned.findings[0].message ==
        "`p.work` cannot be a callback: a record is given where text is wanted");
  CHECK(planned.findings[0].hint == "callbacks are given " PENSTOCK_COMPLETION_TYPE
                                    ", it takes text");
}
