#include "spec/load.hpp"

#include "catch.hpp"

using namespace penstock;
using namespace std::chrono_literals;

TEST_CASE("all keys are read as their types, with their places") {
  const Loaded loaded = load_spec_text("a.yaml", R"(# a comment
pipeline: a_B-1
plugins: [text, ./libmine.so]
memory: 1GiB
pools:
  default: {processes: auto}
  heavy:
    processes: 3
    memory: 512MiB
    recycle: {items: 100, memory: 256MiB}
    grace: 2s
    env: {LANG: C, EMPTY: ""}
stages:
  read: {task: files.lines, with: {paths: [a, b], size: 1MiB}}
  work:
    task: text.upper
    from: [read]
    pool: heavy
    parallel: 2
    queue: {items: 10, bytes: 1MiB}
    timeout: 1.5s
    retry: {attempts: 5, backoff: 10ms, max_backoff: 1s, outcomes: [failed]}
    on_failure: skip
    on_death: stop
    max_output: 2MiB
    snapshot: {every: 250ms, bytes: 8MiB}
)");
  REQUIRE(to_text(loaded.findings).empty());
  REQUIRE(loaded.complete);
  const Spec& spec = loaded.spec;
  CHECK(spec.pipeline.value == "a_B-1");
  CHECK(spec.pipeline.mark == Mark{0, 2, 11});
  CHECK(spec.plugins.at(1).value == "./libmine.so");
  CHECK(spec.memory->value == 1u << 30);

  REQUIRE(spec.pools.size() == 2);
  CHECK(spec.pools[0].processes->value == 0);
  const PoolSpec& pool = spec.pools[1];
  CHECK(pool.name.mark == Mark{0, 7, 3});
  CHECK(pool.processes->value == 3);
  CHECK(pool.memory->value == 512u << 20);
  CHECK(pool.recycle.items->value == 100);
  CHECK(pool.recycle.memory->value == 256u << 20);
  CHECK(pool.grace->value == 2s);
  REQUIRE(pool.env.size() == 2);
  CHECK(pool.env[0].name.value == "LANG");
  CHECK(pool.env[1].value.empty());

  REQUIRE(spec.stages.size() == 2);
  CHECK(spec.stages[0].from_mark.line == 0);
  CHECK(spec.stages[0].with.at(0).value.items.at(1).text == "b");
  CHECK(spec.stages[0].with.at(0).value.items.at(1).mark == Mark{0, 14, 47});
  const StageSpec& stage = spec.stages[1];
  CHECK(stage.task.value == "text.upper");
  CHECK(stage.from.at(0).stage.value == "read");
  CHECK(stage.pool->value == "heavy");
  CHECK(stage.parallel->value == 2);
  CHECK(stage.queue->items->value == 10);
  CHECK(stage.queue->bytes->value == 1u << 20);
  CHECK(stage.timeout->value == 1500ms);
  CHECK(stage.retry->attempts->value == 5);
  CHECK(stage.retry->backoff->value == 10ms);
  CHECK(stage.retry->max_backoff->value == 1s);
  CHECK(stage.retry->outcomes.at(0).value == "failed");
  CHECK(stage.on_failure->value == "skip");
  CHECK(stage.on_death->value == "stop");
  CHECK(stage.max_output->value == 2u << 20);
  CHECK(stage.snapshot->every->value == 250ms);
  CHECK(stage.snapshot->bytes->value == 8u << 20);
}

TEST_CASE("the sandbox of a pool is read") {
  const Loaded loaded = load_spec_text("a.yaml", R"(pipeline: a
pools:
  open: {}
  still: {sandbox: {network: off}}
  reads: {sandbox: {network: on, filesystem: read-only}}
  lists: {sandbox: {filesystem: [out, /tmp]}}
  none: {sandbox: {filesystem: []}}
stages:
  work: {task: p.t}
)");
  REQUIRE(to_text(loaded.findings).empty());
  const std::vector<PoolSpec>& pools = loaded.spec.pools;
  REQUIRE(pools.size() == 5);
  CHECK_FALSE(pools[0].sandbox);
  CHECK_FALSE(pools[1].sandbox->network->value);
  CHECK_FALSE(pools[1].sandbox->files_mark);
  CHECK(pools[2].sandbox->network->value);
  CHECK(pools[2].sandbox->read_only);
  CHECK(pools[2].sandbox->files_mark == Mark{0, 5, 46});
  CHECK_FALSE(pools[3].sandbox->network);
  CHECK_FALSE(pools[3].sandbox->read_only);
  REQUIRE(pools[3].sandbox->paths.size() == 2);
  CHECK(pools[3].sandbox->paths[1].value == "/tmp");
  CHECK(pools[3].sandbox->paths[1].mark == Mark{0, 6, 39});
  CHECK(pools[4].sandbox->files_mark);
  CHECK(pools[4].sandbox->paths.empty());
}

TEST_CASE("keys of flow are read as their types") {
  const Loaded loaded = load_spec_text("a.yaml", R"(pipeline: a
durability: full
checksum: off
pools:
  heavy: {nice: -5, cpus: [0, 2-3]}
  light: {cpus: 7}
stages:
  work:
    task: p.t
    from: {left: [a, b.rejects], right: c.failed}
    partition: {instances: 4, by: word}
    ordered: yes
    batch: {items: 10, bytes: 1MiB, wait: 5ms}
    rate: 90/min
    ignore: rejects
  more: {task: p.t, from: work.out, partition: 3, rate: 2.5/s, ignore: [main, a]}
)");
  REQUIRE(to_text(loaded.findings).empty());
  const Spec& spec = loaded.spec;
  CHECK(spec.durability->value == "full");
  CHECK_FALSE(spec.checksum->value);
  CHECK(spec.pools.at(0).nice->value == -5);
  REQUIRE(spec.pools[0].cpus.size() == 3);
  CHECK(spec.pools[0].cpus[0].value == 0);
  CHECK(spec.pools[0].cpus[1].value == 2);
  CHECK(spec.pools[0].cpus[2].value == 3);
  CHECK(spec.pools[0].cpus[2].mark == Mark{0, 5, 31});
  CHECK(spec.pools.at(1).cpus.at(0).value == 7);

  const StageSpec& stage = spec.stages.at(0);
  REQUIRE(stage.from.size() == 3);
  CHECK(stage.from[0].stage.value == "a");
  CHECK(stage.from[0].output.empty());
  CHECK(stage.from[0].input.value == "left");
  CHECK(stage.from[1].stage.value == "b");
  CHECK(stage.from[1].output == "rejects");
  CHECK(stage.from[1].stage.mark == Mark{0, 10, 22});
  CHECK(stage.from[2].output == "failed");
  CHECK(stage.from[2].input.value == "right");
  CHECK(stage.partition->instances->value == 4);
  CHECK(stage.partition->by->value == "word");
  CHECK(stage.ordered->value);
  CHECK(stage.batch->items->value == 10);
  CHECK(stage.batch->bytes->value == 1u << 20);
  CHECK(stage.batch->wait->value == 5ms);
  CHECK(stage.rate->value == 1.5);
  CHECK(stage.ignore.at(0).value == "rejects");
  const StageSpec& more = spec.stages.at(1);
  CHECK(more.from.at(0).input.mark.line == 0);
  CHECK(more.partition->instances->value == 3);
  CHECK_FALSE(more.partition->by);
  CHECK(more.rate->value == 2.5);
  CHECK(more.ignore.size() == 2);
}

TEST_CASE("callbacks are read in the file's order, one or many an event") {
  const Loaded loaded = load_spec_text("a.yaml", R"(pipeline: a
callbacks:
  run_done: {exec: [notify, "{}"], stages: [a], overflow: drop, timeout: 1s}
  item_done:
    - {task: p.t, with: {x: 1}}
    - {exec: echo}
stages: {a: {task: p.t}}
)");
  REQUIRE(to_text(loaded.findings).empty());
  const std::vector<CallbackSpec>& callbacks = loaded.spec.callbacks;
  REQUIRE(callbacks.size() == 3);
  CHECK(callbacks[0].event.value == "run_done");
  CHECK_FALSE(callbacks[0].task);
  CHECK(callbacks[0].exec.at(1).value == "{}");
  CHECK(callbacks[0].stages.at(0).value == "a");
  CHECK(callbacks[0].overflow->value == "drop");
  CHECK(callbacks[0].timeout->value == 1s);
  CHECK(callbacks[1].event.value == "item_done");
  CHECK(callbacks[1].task->value == "p.t");
  CHECK(callbacks[1].with.at(0).value.text == "1");
  CHECK(callbacks[2].exec.at(0).value == "echo");
}

TEST_CASE("an alias is a copy of its value") {
  const Loaded loaded = load_spec_text("a.yaml", R"(pipeline: a
stages:
  a: {task: p.t, retry: &r {attempts: 5}}
  b: {task: p.t, from: a, retry: *r}
)");
  REQUIRE(to_text(loaded.findings).empty());
  CHECK(loaded.spec.stages.at(1).retry->attempts->value == 5);
}

TEST_CASE("of a key given twice the first value stands") {
  const Loaded loaded =
      load_spec_text("a.yaml", "pipeline: a\npipeline: b\nstages: {a: {task: p.t}}");
  CHECK(loaded.findings.size() == 1);
  CHECK(loaded.spec.pipeline.value == "a");
}

TEST_CASE("findings before a syntax error are kept, what comes behind it is not missed") {
  const Loaded loaded =
      load_spec_text("a.yaml", "pipeline: 'a b'\nstages:\n  read: {task: p.t, x: 1\n  more: [");
  CHECK_FALSE(loaded.complete);
  REQUIRE(loaded.findings.size() >= 2);
  CHECK(loaded.findings[0].line == 1);
  for (const Finding& finding : loaded.findings) {
    CHECK(finding.message.find("is missing") == finding.message.find("is missing before"));
  }
}

TEST_CASE("tabs are mended at whatever width makes sense, and columns stay the file's") {
  const Loaded loaded = load_spec_text(
      "a.yaml", "pipeline: a\nstages:\n    a: {task: p.t}\n\tb: {task: p.t, from: a, rety: {}}\n");
  CHECK(loaded.complete);
  CHECK(loaded.spec.stages.size() == 2);
  REQUIRE(loaded.findings.size() == 2);
  CHECK(loaded.findings[0].message == "a tab in the indentation");
  CHECK(loaded.findings[1].line == 4);
  CHECK(loaded.findings[1].column == 26);
}

TEST_CASE("tabs in texts, blocks and empty lines are nobody's mistake") {
  const Loaded loaded = load_spec_text("a.yaml",
                                       "pipeline: a\n\t\n\t# comment\nstages:\n  a:\n"
                                       "    task:\tp.t\n    with:\n      x: |\n        one\n"
                                       "        \ttwo\n      y: \"a\n\tb\"\n");
  CHECK(to_text(loaded.findings).empty());
  CHECK(loaded.spec.stages.at(0).with.at(0).value.text == "one\n\ttwo\n");
}

TEST_CASE("a variable in a block, a comment or quotes needs no more quotes") {
  const Loaded loaded = load_spec_text("a.yaml", R"(pipeline: a
# {x: ${A}}
stages:
  a:
    task: ${T:-p.t}
    with: {x: "${A:-1}", y: '${A:-{2}}', z: [it's, "\"${A:-3}"]}   # [${A}]
  b:
    task: p.t
    from: a
    with:
      x: |
        {a: ${A:-1}}
      y: a {b ${A:-2}}
)");
  CHECK(to_text(loaded.findings).empty());
}

TEST_CASE("an environment may be anything that the process has") {
  CHECK(load_spec_text("a.yaml", "pipeline: a\nstages: {a: {task: p.t, with: {x: \"${PATH}\"}}}")
            .findings.empty());
}
