#include "plan/planner.hpp"

#include "plan_rig.hpp"

using namespace penstock;
using namespace std::chrono_literals;

namespace {

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
  REQUIRE(result.stages[0].readers.size() == 1);
  CHECK(result.stages[0].readers[0].stage == 1);
  REQUIRE(result.stages[1].from.size() == 1);
  CHECK(result.stages[1].from[0].from == 0);
  CHECK(result.stages[1].from[0].type == "text");
  CHECK(result.stages[2].from.at(0).from == 1);
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
  CHECK(stage.instances == 1);
  CHECK_FALSE(stage.partitioned);
  CHECK_FALSE(stage.in_order);
  CHECK(stage.rate == 0);
  CHECK(stage.batch.items == 1);
  CHECK_FALSE(stage.callback);
  CHECK_FALSE(result.pools[0].nice);
  CHECK(result.pools[0].cpus.empty());
  CHECK(result.pools[0].under.empty());
  CHECK_FALSE(result.checksum);
  CHECK_FALSE(result.every_epoch_synced);
}

TEST_CASE("what the file says is in the plan") {
  const Plan result = good_plan(R"(memory: 2GiB
durability: full
checksum: on
pools:
  small: {processes: 2, memory: 64MiB, recycle: {items: 5, memory: 32MiB}, grace: 1s, env: {A: b},
          nice: -3, cpus: [3, 0-1]}
stages:
  read: {task: p.read}
  work: {task: p.work, from: read, pool: small, parallel: 2, timeout: 1s, on_failure: stop,
         max_output: 1MiB, queue: {items: 7, bytes: 1MiB}, rate: 30/min}
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
  CHECK(pool.nice == -3);
  CHECK(pool.cpus == std::vector<unsigned>{0, 1, 3});
  CHECK(result.every_epoch_synced);
  CHECK(result.checksum);
  CHECK(work.rate == 0.5);
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

TEST_CASE("a sandbox forbids what the file says, and a stage under a debugger keeps it") {
  const auto pool = [](const std::string& sandbox, PlanOptions options = four_cores()) {
    return plan_text("pools: {default: " + sandbox +
                         "}\nstages:\n  read: {task: p.read}\n  save: {task: p.save, from: read}\n",
                     options);
  };
  CHECK_FALSE(pool("{}").plan.pools.at(0).sandbox);
  const SandboxPolicy off = pool("{sandbox: {network: off}}").plan.pools.at(0).sandbox.value();
  CHECK_FALSE(off.network);
  CHECK(off.files == FileAccess::all);
  const SandboxPolicy reads =
      pool("{sandbox: {filesystem: read-only}}").plan.pools.at(0).sandbox.value();
  CHECK(reads.network);
  CHECK(reads.files == FileAccess::read_only);
  const SandboxPolicy none = pool("{sandbox: {filesystem: []}}").plan.pools.at(0).sandbox.value();
  CHECK(none.files == FileAccess::listed);
  CHECK(none.paths.empty());

  PlanOptions options = four_cores();
  options.is_there = [](const std::string& path) { return path == "out"; };
  options.under["save"] = {"gdb"};
  const Planned listed = pool("{sandbox: {filesystem: [out]}}", options);
  REQUIRE(listed.findings.empty());
  CHECK(listed.plan.pools.at(1).under == std::vector<std::string>{"gdb"});
  CHECK(listed.plan.pools.at(1).sandbox->paths == std::vector<std::string>{"out"});
  CHECK(pool("{sandbox: {filesystem: [out, gone]}}", options).findings.size() == 1);
  options = four_cores();
  options.outputs = "else";
  CHECK(pool("{sandbox: {filesystem: [out]}}", options).plan.pools.at(0).sandbox->paths ==
        std::vector<std::string>{"out", "else"});
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
  const Plan result = good_plan("pools: {default: {processes: 8}}\n" + simple, [] {
    PlanOptions options = four_cores();
    options.processes = 2;
    return options;
  }());
  CHECK(result.pools.at(0).processes == 2);
}

TEST_CASE("secrets of the file and of parameters are in the plan") {
  Spec spec = load_spec_text("a.yaml", "pipeline: a\n" + simple).spec;
  spec.secrets = {"hunter2"};
  CHECK(make_plan(spec, offer_of_kinds(), {}).plan.secrets == std::vector<std::string>{"hunter2"});
}

TEST_CASE("a plan of a spec with findings is made as far as it goes") {
  const Loaded loaded = load_spec_text("a.yaml", R"(pipeline: a
stages:
  read: {task: 3}
  work: {task: p.wrk, from: read}
  save: {task: p.save, from: [work, nobody]}
)");
  CHECK(loaded.findings.size() == 1);
  const Planned planned = make_plan(loaded.spec, offer_of_kinds(), {});
  REQUIRE(planned.findings.size() == 2);
  CHECK(planned.findings[0].hint == "did you mean `p.work`?");
  CHECK(planned.findings[1].message == "stage `save` reads from `nobody`, which is no stage");
}

TEST_CASE("what takes several items at once is given them, with and without `batch`") {
  const auto batch = [](const std::string& keys) {
    return good_plan("stages:\n  read: {task: p.read}\n  many: {task: p.many, from: read" + keys +
                     "}\n  save: {task: p.save, from: many}\n")
        .stages.at(1)
        .batch;
  };
  CHECK(batch("").items == 64);
  CHECK(batch("").bytes == 16u << 20);
  CHECK(batch("").wait == 0ms);
  CHECK(batch(", batch: {}").items == 100);
  CHECK(batch(", batch: {}").wait == 20ms);
  const BatchPolicy all = batch(", batch: {items: 7, bytes: 2MiB, wait: 1s}");
  CHECK(all.items == 7);
  CHECK(all.bytes == 2u << 20);
  CHECK(all.wait == 1s);
  CHECK(batch(", queue: {items: 5}").items == 5);
  CHECK(batch(", queue: {items: 5}, batch: {wait: 1s}").items == 5);
}

TEST_CASE("with a number of attempts the waits between them do not grow") {
  PlanOptions options = four_cores();
  options.attempts = 23;
  const Plan result = good_plan(R"(stages:
  read: {task: p.read}
  work: {task: p.work, from: read, retry: {attempts: 2, backoff: 20ms, max_backoff: 10s}}
  save: {task: p.save, from: work}
)",
                                options);
  CHECK(result.stages.at(1).retry.attempts == 23);
  CHECK(result.stages.at(1).retry.backoff == 20ms);
  CHECK(result.stages.at(1).retry.max_backoff == 20ms);
  CHECK(result.stages.at(1).retry.failed);
  CHECK(result.stages.at(2).retry.attempts == 23);
  CHECK(result.stages.at(2).retry.max_backoff == 100ms);
  CHECK_FALSE(result.stages.at(2).retry.failed);
}

TEST_CASE("a stage under another program has a pool of its own, and no time-out") {
  PlanOptions options = four_cores();
  options.under = {{"work", {"gdb", "--args"}}};
  const Plan result = good_plan(R"(pools:
  default: {nice: 5, memory: 64MiB, env: {A: b}}
  other: {}
stages:
  read: {task: p.read}
  work: {task: p.work, from: read, timeout: 1s, pool: other}
  save: {task: p.save, from: work, timeout: 2s}
)",
                                options);
  REQUIRE(result.pools.size() == 2);
  CHECK(result.pools[0].name == "default");
  CHECK(result.pools[0].under.empty());
  CHECK(result.pools[1].name == "under work");
  CHECK(result.pools[1].processes == 1);
  CHECK(result.pools[1].under == std::vector<std::string>{"gdb", "--args"});
  CHECK(result.stages.at(0).pool == 0);
  CHECK(result.stages.at(1).pool == 1);
  CHECK(result.stages.at(1).timeout == 0ms);
  CHECK(result.stages.at(2).timeout == 2s);
}

TEST_CASE("of a plugin without tasks, and of no folder at all, is said that there is nothing") {
  const Loaded loaded = load_spec_text(
      "a.yaml", "pipeline: a\nstages: {a: {task: empty.a}, b: {task: q.b, from: a}}");
  Offer offer;
  offer.plugins["empty"].name = "empty";
  const Planned planned = make_plan(loaded.spec, offer, {});
  REQUIRE(planned.findings.size() == 2);
  CHECK(planned.findings[0].hint == "it has no tasks");
  CHECK(planned.findings[1].message == "there is no plugin `q`: no libq.so in any folder");
}

TEST_CASE("no stages, no plan, no crash") {
  CHECK(make_plan(Spec(), Offer(), {}).plan.stages.empty());
}
