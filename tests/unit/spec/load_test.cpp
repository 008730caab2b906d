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
  CHECK(stage.plugin_name() == "text");
  CHECK(stage.task_name() == "upper");
  CHECK(stage.from.at(0).value == "read");
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
