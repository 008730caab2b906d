// The table of a pipeline's values, from a file, options and plugins that are made up here.
#include <penstock/plugin.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "api/explain.hpp"
#include "catch.hpp"
#include "cli/explanation_text.hpp"
#include "observe/columns.hpp"
#include "plan/planner.hpp"
#include "spec/load.hpp"

using namespace penstock;

namespace {

constexpr const char* pipeline_file = R"(pipeline: orders
vars: {LIMIT: "40", KIND: eu}
durability: full
pools:
  heavy: {processes: 2, memory: 512MiB, nice: 5, env: {LANG: C}}
stages:
  rows:
    task: shop.rows
    with: {path: "${INPUT}", token: "${file:token}", kinds: ["${KIND}", "${OTHER:-us}"]}
  check:
    task: shop.check
    from: rows
    pool: heavy
    with: {limit: "${LIMIT}"}
    timeout: "${WAIT}"
    retry: {attempts: 5}
  sums:
    task: shop.sums
    from: check
    partition: {instances: 3, by: name}
    snapshot: {every: 250ms}
  bad: {task: shop.write, from: [check.rejects, check.failed], with: {path: "-"}}
  save: {task: shop.write, from: sums, with: {path: out}, queue: {items: 10}}
callbacks:
  run_done: {exec: [notify-send, "done with ${INPUT}"], timeout: 5s}
)";

ParamDescription param(std::string name, std::uint32_t kind, std::uint32_t flags,
                       std::string fallback = {}) {
  ParamDescription result;
  result.name = std::move(name);
  result.kind = kind;
  result.flags = flags;
  result.fallback = std::move(fallback);
  return result;
}

TaskDescription task(std::string name, TaskKind kind, std::uint32_t flags,
                     std::vector<PortDescription> inputs, std::vector<PortDescription> outputs,
                     std::vector<ParamDescription> params) {
  TaskDescription result;
  result.name = std::move(name);
  result.kind = kind;
  result.flags = flags;
  result.inputs = std::move(inputs);
  result.outputs = std::move(outputs);
  result.params = std::move(params);
  return result;
}

PortDescription port(std::string type, std::string name = {}) {
  PortDescription result;
  result.name = std::move(name);
  result.type = std::move(type);
  return result;
}

Offer shop() {
  const std::string row = "record{name:text,count:int}";
  const auto path = param("path", PENSTOCK_PARAM_TEXT, PENSTOCK_PARAM_REQUIRED);
  PluginDescription plugin;
  plugin.path = "/opt/libshop.so";
  plugin.name = "shop";
  plugin.version = "1.2.0";
  plugin.build_id = "ab12";
  plugin.tasks = {
      task("rows", TaskKind::source, PENSTOCK_HAS_SNAPSHOT, {}, {port(row)},
           {path, param("token", PENSTOCK_PARAM_TEXT, PENSTOCK_PARAM_SECRET),
            param("kinds", PENSTOCK_PARAM_TEXT, PENSTOCK_PARAM_LIST),
            param("pause", PENSTOCK_PARAM_DURATION, 0, "10ms")}),
      task("check", TaskKind::transform, 0, {port(row)}, {port(row), port("text", "rejects")},
           {param("limit", PENSTOCK_PARAM_INT, 0)}),
      task("sums", TaskKind::stateful, PENSTOCK_HAS_SNAPSHOT, {port(row)}, {port(row)}, {}),
      task("write", TaskKind::sink, PENSTOCK_HAS_COMMIT, {port("any")}, {}, {path})};
  PluginDescription exec;
  exec.path = "/opt/libexec.so";
  exec.name = "exec";
  exec.version = "1.0.0";
  exec.tasks = {
      task("run", TaskKind::transform, 0, {port("any")}, {port("any")},
           {param("argv", PENSTOCK_PARAM_TEXT, PENSTOCK_PARAM_LIST),
            param("stdin", PENSTOCK_PARAM_TEXT, 0), param("output", PENSTOCK_PARAM_TEXT, 0)})};
  Offer offer;
  offer.plugins = {{"shop", plugin}, {"exec", exec}};
  return offer;
}

// In a folder of its own, which the file of the secret and that of --vars need.
class Folder {
 public:
  Folder() : before_(std::filesystem::current_path()) {
    char name[] = "/tmp/penstock-explain-XXXXXX";
    path_ = ::mkdtemp(name);
    std::filesystem::current_path(path_);
    std::ofstream("token") << "hush\n";
    std::ofstream("values.yaml") << "# of the shop\nWAIT: 3s\n";
  }
  ~Folder() {
    std::filesystem::current_path(before_);
    std::filesystem::remove_all(path_);
  }

 private:
  std::filesystem::path before_;
  std::filesystem::path path_;
};

Explanation explained(const PipelineOptions& options = {}) {
  const Folder folder;
  LoadOptions load;
  load.overrides = {{"INPUT", "a.csv"}};
  load.vars_file = "values.yaml";
  load.environment = [](const std::string&) { return std::optional<std::string>(); };
  const Loaded loaded = load_spec_text("orders.yaml", pipeline_file, load);
  REQUIRE(to_text(loaded.findings) == "");
  PlanOptions plan;
  plan.cores = 4;
  plan.memory = 3u << 30;
  if (options.processes > 0) plan.processes = options.processes;
  plan.under = options.under;
  const Planned planned = make_plan(loaded.spec, shop(), plan);
  REQUIRE(to_text(planned.findings) == "");
  return explain(loaded.spec, planned.plan, options);
}

const ExplainedStage& stage(const Explanation& explanation, const std::string& name) {
  for (const ExplainedStage& stage : explanation.stages) {
    if (stage.name == name) return stage;
  }
  throw std::runtime_error("no stage " + name);
}

std::string value(const std::vector<ExplainedValue>& values, const std::string& name) {
  for (const ExplainedValue& value : values) {
    if (value.name == name) return value.text + " | " + origin_text(value);
  }
  return "no value " + name;
}

}  // namespace

TEST_CASE("every value has its origin") {
  const Explanation explanation = explained();
  CHECK(value(explanation.values, "memory") == "3GiB | auto");
  CHECK(value(explanation.values, "durability") == "full | orders.yaml:3");
  CHECK(value(explanation.values, "checksum") == "off | default");
  const auto& rows = stage(explanation, "rows").values;
  CHECK(value(rows, "with.path") == "a.csv | orders.yaml:9, ${INPUT} by --set");
  CHECK(value(rows, "with.kinds") ==
        "[eu, us] | orders.yaml:9, ${KIND} by orders.yaml:2, ${OTHER} by default");
  CHECK(value(rows, "with.pause") == "10ms | default");
  const auto& check = stage(explanation, "check").values;
  CHECK(value(check, "with.limit") == "40 | orders.yaml:14, ${LIMIT} by orders.yaml:2");
  CHECK(value(check, "timeout") == "3s | orders.yaml:15, ${WAIT} by values.yaml:2");
  CHECK(value(check, "retry.attempts") == "5 | orders.yaml:16");
  CHECK(value(check, "retry.backoff") == "100ms | default");
  CHECK(value(check, "retry.outcomes") == "[failed, crashed, timed_out] | orders.yaml:16");
}

TEST_CASE("a secret is never shown, wherever it stands") {
  const Explanation explanation = explained();
  CHECK(value(stage(explanation, "rows").values, "with.token") ==
        "*** | orders.yaml:9, ${file:token}");
  CHECK(full_text(explanation).find("hush") == std::string::npos);
  CHECK(to_json(explanation).find("hush") == std::string::npos);
}

TEST_CASE("options stand before the file") {
  PipelineOptions options;
  options.processes = 7;
  options.under["check"] = {"gdb", "--args"};
  const Explanation explanation = explained(options);
  REQUIRE(explanation.pools.size() == 2);
  CHECK(explanation.pools[0].name == "default");
  CHECK(value(explanation.pools[0].values, "processes") == "7 | --processes");
  CHECK(explanation.pools[1].name == "under check");
  CHECK(value(explanation.pools[1].values, "processes") == "1 | --under");
  CHECK(value(explanation.pools[1].values, "under") == "gdb --args | --under");
  CHECK(value(explanation.pools[1].values, "nice") == "5 | orders.yaml:5");
  CHECK(value(stage(explanation, "check").values, "timeout") == "none | --under");
  CHECK(value(stage(explanation, "check").values, "pool") == "under check | --under");
}

TEST_CASE("the processes add up") {
  const Explanation explanation = explained();
  CHECK(explanation.processes == 2 + 2 + 1 + 3 + 1 + 1 + 1);
  CHECK(explanation.memory == 3u << 30);
  CHECK(explanation.private_memory == 0);
}

TEST_CASE("the whole text") {
  CHECK('\n' + full_text(explained()) == R"(
pipeline orders of orders.yaml: 5 stages, 2 pools, 1 callback
  memory               3GiB                 auto
  durability           full                 orders.yaml:3
  by default           checksum off

processes: 11, the engine and its keeper among them
  2 workers of pool heavy               check
  1 worker of pool default, its own     rows
  3 workers of pool default, their own  sums
  1 worker of pool default, its own     bad
  1 worker of pool default, its own     save
  1 worker for a callback               run_done: notify-send

memory: 3GiB for payloads, shared by all
  no limit on what the workers have for themselves

plugin shop 1.2.0: /opt/libshop.so
  build                ab12

plugin exec 1.0.0: /opt/libexec.so

pool heavy
  processes            2                    orders.yaml:5
  memory               512MiB               orders.yaml:5
  nice                 5                    orders.yaml:5
  env.LANG             C                    orders.yaml:5
  by default           recycle.items never, recycle.memory never, grace 500ms,
                       cpus all

pool default
  processes            4                    auto
  by default           memory no limit, recycle.items never,
                       recycle.memory never, grace 500ms, nice as the engine,
                       cpus all

stage rows: shop.rows, a source
  promises             replayable: after a death it goes on from its last
                       snapshot
  with.path            a.csv                orders.yaml:9, ${INPUT} by --set
  with.token           ***                  orders.yaml:9, ${file:token}
  with.kinds           [eu, us]             orders.yaml:9, ${KIND} by
                                            orders.yaml:2, ${OTHER} by default
  by default           with.pause 10ms, pool default, rate no limit,
                       timeout none, retry.attempts 3, retry.backoff 100ms,
                       retry.max_backoff 30s,
                       retry.outcomes [crashed, timed_out], max_output 1GiB,
                       ignore none

stage check: shop.check, a transform
  reads                rows: record{name:text,count:int}
  with.limit           40                   orders.yaml:14, ${LIMIT} by
                                            orders.yaml:2
  pool                 heavy                orders.yaml:13
  timeout              3s                   orders.yaml:15, ${WAIT} by
                                            values.yaml:2
  retry.attempts       5                    orders.yaml:16
  retry.outcomes       [failed, crashed, timed_out]
                                            orders.yaml:16
  by default           parallel no limit, ordered false, queue.items 1024,
                       queue.bytes 64MiB, rate no limit, retry.backoff 100ms,
                       retry.max_backoff 30s, on_failure dead_letter,
                       max_output 1GiB, ignore none

stage sums: shop.sums, a stateful task in 3 instances
  reads                check: record{name:text,count:int}
  promises             snapshots: after a death it goes on from the last one,
                       inputs are given again
  partition.instances  3                    orders.yaml:20
  partition.by         name                 orders.yaml:20
  snapshot.every       250ms                orders.yaml:21
  by default           pool default, ordered true, queue.items 1024,
                       queue.bytes 64MiB, rate no limit, timeout none,
                       retry.attempts 3, retry.backoff 100ms,
                       retry.max_backoff 30s,
                       retry.outcomes [crashed, timed_out],
                       on_failure dead_letter, on_death replay,
                       snapshot.bytes 64MiB, max_output 1GiB, ignore none

stage bad: shop.write, a sink
  reads                check.rejects: text
  reads                check.failed: record{item:text, stage:text, task:text,
                       cause:text, attempts:list<record{cause:text, signal:int,
                       exit:int, message:text, stack:list<text>, stderr:text,
                       worker:text, seconds:float}>, payload:any}
  promises             at least once: after a death an item may come again,
                       under the same id
  with.path            "-"                  orders.yaml:22
  by default           pool default, ordered false, queue.items 1024,
                       queue.bytes 64MiB, rate no limit, timeout none,
                       retry.attempts 3, retry.backoff 100ms,
                       retry.max_backoff 30s,
                       retry.outcomes [crashed, timed_out],
                       on_failure dead_letter

stage save: shop.write, a sink
  reads                sums: record{name:text,count:int}
  promises             exactly once: what was written is committed, or cut back
                       after a death
  with.path            out                  orders.yaml:23
  queue.items          10                   orders.yaml:23
  by default           pool default, ordered false, queue.bytes 64MiB,
                       rate no limit, timeout none, retry.attempts 3,
                       retry.backoff 100ms, retry.max_backoff 30s,
                       retry.outcomes [crashed, timed_out],
                       on_failure dead_letter

callback run_done: notify-send, a command
  exec                 [notify-send, done with a.csv]
                                            orders.yaml:25
  timeout              5s                   orders.yaml:25
  by default           stages all, overflow wait, queue.items 10000
)");
}

TEST_CASE("the short text") {
  CHECK('\n' + short_text(explained()) == R"(
pipeline orders of orders.yaml: 5 stages, 2 pools, 1 callback
  rows   shop.rows   source
  check  shop.check  transform, from rows
  sums   shop.sums   stateful task in 3 instances, from check
  bad    shop.write  sink, from check.rejects, check.failed
  save   shop.write  sink, from sums
  at run_done: notify-send

processes: 11, the engine and its keeper among them
  2 workers of pool heavy               check
  1 worker of pool default, its own     rows
  3 workers of pool default, their own  sums
  1 worker of pool default, its own     bad
  1 worker of pool default, its own     save
  1 worker for a callback               run_done: notify-send

memory: 3GiB for payloads, shared by all
  no limit on what the workers have for themselves
)");
}

TEST_CASE("no line is wider than 80 columns") {
  const Explanation explanation = explained();
  std::istringstream lines(full_text(explanation) + short_text(explanation));
  for (std::string line; std::getline(lines, line);) CHECK(column_count(line) <= 80);
}

TEST_CASE("the JSON has the same") {
  const std::string json = to_json(explained());
  CHECK(json.starts_with(R"({"version":1,"pipeline":"orders","file":"orders.yaml","processes":11,)"
                         R"("memory":3221225472,"private_memory":0,"values":[{"name":"memory",)"
                         R"("value":"3GiB","origin":"auto"},{"name":"durability","value":"full",)"
                         R"("origin":"file","place":"orders.yaml:3"})"));
  CHECK(json.find(R"({"name":"with.path","value":"a.csv","origin":"file","place":"orders.yaml:9",)"
                  R"("variables":[{"name":"INPUT","from":"--set"}]})") != std::string::npos);
  CHECK(json.find(R"({"pool":"default","count":3,"pinned":true,"stages":["sums"]})") !=
        std::string::npos);
}

TEST_CASE("what a run that goes on does again is told, and why") {
  ResumeExplanation nothing;
  nothing.folder = ".penstock/orders";
  CHECK(resume_text(nothing) == ".penstock/orders: nothing to go on with; a new run begins\n");
  ResumeExplanation some = nothing;
  some.unfinished = true;
  some.made = 1001;
  some.ended = 812;
  some.changes = {"stage `parse`, parameter `size` changed from 4 to 8"};
  some.inputs = {"stage `lines` (files.lines): open failed: 'a\x1b[2J' has changed"};
  some.stages = {{"parse", 150, 0.421}, {"save", 1, 0}};
  CHECK(resume_text(some) ==
        ".penstock/orders: an unfinished run; 812 of the 1001 items that its sources made have "
        "ended\n"
        "189 items will be made again, as they had not ended\n"
        "  parse                runs 150 items again, which took 0.42 s the last time\n"
        "  save                 runs 1 item again, which took 0.00 s the last time\n"
        "it was another pipeline: --resume is refused without --force\n"
        "  stage `parse`, parameter `size` changed from 4 to 8\n"
        "stage `lines` (files.lines): open failed: 'a?[2J' has changed\n");
  CHECK(to_json(some) ==
        R"({"version":1,"folder":".penstock/orders","unfinished":true,"made":1001,"ended":812,)"
        R"("obstacle":"","changes":["stage `parse`, parameter `size` changed from 4 to 8"],)"
        R"("inputs":["stage `lines` (files.lines): open failed: 'a\u001b[2J' has changed"],)"
        R"("stages":[{"stage":"parse","items":150,"seconds":4.21E-1},)"
        R"({"stage":"save","items":1,"seconds":0E0}]})");
  some.obstacle = "what stage `lines` had read or gathered is gone";
  CHECK(resume_text(some).find("it cannot be gone on with: what stage `lines` had read or gathered "
                               "is gone; --fresh begins anew\n") != std::string::npos);
}
