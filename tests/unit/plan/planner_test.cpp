#include "plan/planner.hpp"

#include <penstock/plugin.h>

#include "catch.hpp"
#include "spec/load.hpp"

using namespace penstock;
using namespace std::chrono_literals;

namespace {

TaskDescription task(std::string name, TaskKind kind) {
  TaskDescription result;
  result.name = std::move(name);
  result.kind = kind;
  if (kind != TaskKind::source) result.inputs.push_back({"", "text", ""});
  if (kind != TaskKind::sink) result.outputs.push_back({"", "text", ""});
  if (kind == TaskKind::stateful) result.flags = PENSTOCK_HAS_SNAPSHOT;
  return result;
}

Offer offer() {
  PluginDescription p;
  p.name = "p";
  p.path = "/lib/libp.so";
  p.tasks = {task("read", TaskKind::source), task("work", TaskKind::transform),
             task("sum", TaskKind::stateful), task("save", TaskKind::sink)};
  Offer result;
  result.plugins.emplace("p", p);
  return result;
}

Planned plan(const std::string& text, const PlanOptions& options = {4, std::nullopt, 1u << 30}) {
  const Loaded loaded = load_spec_text("a.yaml", "pipeline: a\n" + text);
  REQUIRE(to_text(loaded.findings).empty());
  return make_plan(loaded.spec, offer(), options);
}

Plan good_plan(const std::string& text, const PlanOptions& options = {4, std::nullopt, 1u << 30}) {
  Planned planned = plan(text, options);
  REQUIRE(to_text(planned.findings).empty());
  return std::move(planned.plan);
}

const std::string simple = R"(stages:
  save: {task: p.save, from: work}
  work: {task: p.work, from: read}
  read: {task: p.read}
)";

}  // namespace

TEST_CASE("stages stand after those they read from, with their edges both ways") {
  const Plan result = good_plan(simple);
  REQUIRE(result.stages.size() == 3);
  CHECK(result.stages[0].name == "read");
  CHECK(result.stages[1].name == "work");
  CHECK(result.stages[2].name == "save");
  CHECK(result.stages[0].readers == std::vector<std::size_t>{1});
  CHECK(result.stages[1].from == std::vector<std::size_t>{0});
  CHECK(result.stages[1].from_types == std::vector<std::string>{"text"});
  CHECK(result.stages[2].from == std::vector<std::size_t>{1});
  CHECK(result.stages[2].readers.empty());
  CHECK(result.stages[1].task_name == "p.work");
  CHECK(result.stages[1].task.kind == TaskKind::transform);
  CHECK(result.plugins.at(result.stages[1].plugin).name == "p");
}

TEST_CASE("what the file does not say has its default") {
  const Plan result = good_plan(simple);
  CHECK(result.pipeline == "a");
  CHECK(result.memory == 1u << 30);
  REQUIRE(result.pools.size() == 1);
  CHECK(result.pools[0].name == "default");
  CHECK(result.pools[0].processes == 4);
  CHECK(result.pools[0].grace == 500ms);
  const StagePlan& stage = result.stages.at(1);
  CHECK(stage.timeout == 0ms);
  CHECK(stage.retry.attempts == 3);
  CHECK(stage.retry.crashed);
  CHECK(stage.retry.timed_out);
  CHECK_FALSE(stage.retry.failed);
  CHECK(stage.on_failure == OnFailure::dead_letter);
  CHECK(stage.on_death == OnDeath::replay);
}

TEST_CASE("what the file says is in the plan") {
  const Plan result = good_plan(R"(memory: 2GiB
pools:
  small: {processes: 2, memory: 64MiB, recycle: {items: 5, memory: 32MiB}, grace: 1s, env: {A: b}}
stages:
  read: {task: p.read}
  work: {task: p.work, from: read, pool: small, parallel: 2, timeout: 1s, on_failure: stop,
         max_output: 1MiB, queue: {items: 7, bytes: 1MiB}}
  sum: {task: p.sum, from: work, on_death: stop, snapshot: {every: 2s, bytes: 1MiB}}
  save: {task: p.save, from: sum}
)");
  CHECK(result.memory == 2ull << 30);
  const StagePlan& work = result.stages.at(1);
  const PoolPlan& pool = result.pools.at(work.pool);
  CHECK(pool.name == "small");
  CHECK(pool.processes == 2);
  CHECK(pool.memory == 64u << 20);
  CHECK(pool.recycle_items == 5);
  CHECK(pool.recycle_memory == 32u << 20);
  CHECK(pool.grace == 1s);
  CHECK(pool.env.at(0) == std::pair<std::string, std::string>("A", "b"));
  CHECK(result.pools.at(result.stages.at(0).pool).name == "default");
  CHECK(work.parallel == 2);
  CHECK(work.timeout == 1s);
  CHECK(work.on_failure == OnFailure::stop);
  CHECK(work.max_output == 1u << 20);
  CHECK(work.queue.items == 7);
  CHECK(work.queue.bytes == 1u << 20);
  const StagePlan& sum = result.stages.at(2);
  CHECK(sum.on_death == OnDeath::stop);
  CHECK(sum.snapshot.every == 2s);
  CHECK(sum.snapshot.bytes == 1u << 20);
}

TEST_CASE("a stage with `retry` tries all outcomes again, unless it names some") {
  const auto policy = [](const std::string& retry) {
    return good_plan("stages:\n  read: {task: p.read}\n  work: {task: p.work, from: read, retry: " +
                     retry + "}\n  save: {task: p.save, from: work}\n")
        .stages.at(1)
        .retry;
  };
  const RetryPolicy all = policy("{attempts: 5}");
  CHECK(all.attempts == 5);
  CHECK((all.failed && all.crashed && all.timed_out));
  const RetryPolicy some = policy("{outcomes: [failed, timed_out]}");
  CHECK(some.attempts == 3);
  CHECK((some.failed && !some.crashed && some.timed_out));
  const RetryPolicy slow = policy("{backoff: 1min}");
  CHECK(slow.backoff == 1min);
  CHECK(slow.max_backoff == 1min);
}

TEST_CASE("the option --processes is for every pool") {
  const Plan result = good_plan("pools: {default: {processes: 8}}\n" + simple, {4, 2, 1u << 30});
  CHECK(result.pools.at(0).processes == 2);
}

TEST_CASE("secrets of the file and of parameters are in the plan") {
  Spec spec = load_spec_text("a.yaml", "pipeline: a\n" + simple).spec;
  spec.secrets = {"hunter2"};
  CHECK(make_plan(spec, offer(), {}).plan.secrets == std::vector<std::string>{"hunter2"});
}

TEST_CASE("a plan of a spec with findings is made as far as it goes") {
  const Loaded loaded = load_spec_text("a.yaml", R"(pipeline: a
stages:
  read: {task: 3}
  work: {task: p.wrk, from: read}
  save: {task: p.save, from: [work, nobody]}
)");
  CHECK(loaded.findings.size() == 1);
  const Planned planned = make_plan(loaded.spec, offer(), {});
  REQUIRE(planned.findings.size() == 2);
  CHECK(planned.findings[0].hint == "did you mean `p.work`?");
  CHECK(planned.findings[1].message == "stage `save` reads from `nobody`, which is no stage");
}

TEST_CASE("no stages, no plan, no crash") {
  CHECK(make_plan(Spec(), Offer(), {}).plan.stages.empty());
}
