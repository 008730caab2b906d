#include "api/explain.hpp"

#include <algorithm>

#include "api/value_table.hpp"
#include "base/units.hpp"

namespace penstock {
namespace {

constexpr const char* none = "none";
constexpr const char* no_limit = "no limit";
constexpr unsigned engine_and_keeper = 2;

std::string count_or(std::uint64_t count, const char* zero) {
  return count == 0 ? zero : std::to_string(count);
}
std::string size_or(std::uint64_t bytes, const char* zero) {
  return bytes == 0 ? zero : size_text(bytes);
}
std::string on_off(bool on) {
  return on ? "on" : "off";
}

template <class List, class Text>
std::string list_text(const List& list, const char* empty, Text text) {
  if (list.empty()) return empty;
  std::string result = "[";
  for (const auto& entry : list) result += (result.size() > 1 ? ", " : "") + text(entry);
  return result + ']';
}

const char* event_name(Event event) {
  constexpr const char* names[] = {"item_done", "item_failed", "stage_done", "run_done"};
  return names[static_cast<std::size_t>(event)];
}

bool is(const StagePlan& stage, TaskKind kind) {
  return stage.task.kind == kind;
}

// Whether the task is told to use the engine's own input or output.
bool names_standard_stream(const StagePlan& stage) {
  return std::any_of(stage.arguments.begin(), stage.arguments.end(), [](const Argument& argument) {
    return std::any_of(argument.values.begin(), argument.values.end(),
                       [](const Scalar& value) { return value.text == "-"; });
  });
}

std::string promise_of(const StagePlan& stage) {
  switch (stage.task.kind) {
    case TaskKind::source:
      if (!stage.task.has_snapshot()) return "not replayable: the death of its worker ends the run";
      if (stage.task.reads_input() && names_standard_stream(stage)) {
        return "not replayable from its beginning: the engine keeps what is not done";
      }
      return "replayable: after a death it goes on from its last snapshot";
    case TaskKind::stateful:
      if (stage.on_death == OnDeath::stop) return "the death of its worker ends the run";
      return "snapshots: after a death it goes on from the last one, inputs are given again";
    case TaskKind::sink:
      if (stage.task.has_commit() && !names_standard_stream(stage)) {
        return "exactly once: what was written is committed, or cut back after a death";
      }
      return "at least once: after a death an item may come again, under the same id";
    case TaskKind::transform:
      return {};
  }
  return {};
}

class Explainer {
 public:
  Explainer(const Spec& spec, const Plan& plan, const PipelineOptions& options)
      : spec_(spec), plan_(plan), options_(options) {}

  Explanation explain();

 private:
  ValueTable table() const { return {spec_, plan_.secrets}; }
  std::vector<ExplainedValue> top() const;
  ExplainedPool pool(const PoolPlan& plan, const StagePlan& user) const;
  PoolSpec pool_spec(const StagePlan& user) const;
  static void sandbox(ValueTable& values, const SandboxPolicy& plan, const SandboxSpec& spec);
  const StageSpec& stage_spec(const std::string& name) const;
  ExplainedShared shared(const SharedPlan& plan, const SharedSpec& spec) const;
  ExplainedStage stage(const StagePlan& plan) const;
  ExplainedEdge edge(const StagePlan& reader, const Edge& edge) const;
  void flow(ValueTable& values, const StagePlan& plan, const StageSpec& spec) const;
  void policies(ValueTable& values, const StagePlan& plan, const StageSpec& spec) const;
  void parameters(ValueTable& values, const StagePlan& plan, const std::vector<Entry>& with) const;
  ExplainedCallback callback(const StagePlan& plan, const CallbackSpec& spec) const;
  void seat_workers(Explanation& explanation) const;

  const Spec& spec_;
  const Plan& plan_;
  const PipelineOptions& options_;
};

Explanation Explainer::explain() {
  Explanation result;
  result.pipeline = plan_.pipeline;
  result.file = spec_.sources.front().name();
  result.memory = plan_.memory;
  result.values = top();
  for (const PluginDescription& plugin : plan_.plugins) {
    result.plugins.push_back({plugin.name, plugin.version, plugin.build_id, plugin.path});
  }
  for (std::size_t i = 0; i < plan_.pools.size(); ++i) {
    const auto stage = std::find_if(plan_.stages.begin(), plan_.stages.end(),
                                    [&](const StagePlan& user) { return user.pool == i; });
    if (!stage->callback) result.pools.push_back(pool(plan_.pools[i], *stage));
  }
  for (std::size_t i = 0; i < plan_.shared.size(); ++i) {
    result.shared.push_back(shared(plan_.shared[i], spec_.shared.at(i)));
  }
  std::size_t callbacks = 0;
  for (const StagePlan& plan : plan_.stages) {
    if (plan.callback) {
      result.callbacks.push_back(callback(plan, spec_.callbacks.at(callbacks++)));
    } else if (plan.instance == 0) {
      result.stages.push_back(stage(plan));
    }
  }
  seat_workers(result);
  return result;
}

std::vector<ExplainedValue> Explainer::top() const {
  ValueTable values = table();
  if (spec_.memory) {
    values.add("memory", size_text(plan_.memory), spec_.memory->mark);
  } else {
    values.add_from("memory", size_text(plan_.memory), Origin::machine, {});
  }
  values.add("durability", plan_.every_epoch_synced ? "full" : "normal", mark_of(spec_.durability));
  values.add("checksum", on_off(plan_.checksum), mark_of(spec_.checksum));
  return values.take();
}

// The pool that the file has for the stage: that of one which runs under a command is made of it.
PoolSpec Explainer::pool_spec(const StagePlan& user) const {
  const Given<std::string>& given = stage_spec(user.name).pool;
  for (const PoolSpec& pool : spec_.pools) {
    if (pool.name.value == (given ? given->value : "default")) return pool;
  }
  return {};
}

ExplainedPool Explainer::pool(const PoolPlan& plan, const StagePlan& user) const {
  const PoolSpec spec = pool_spec(user);
  ValueTable values = table();
  const std::string processes = std::to_string(plan.processes);
  if (!plan.under.empty()) {
    std::string words;
    for (const std::string& word : plan.under) words += (words.empty() ? "" : " ") + word;
    values.add_from("under", words, Origin::option, "--under");
    values.add_from("processes", processes, Origin::option, "--under");
  } else if (options_.processes > 0) {
    values.add_from("processes", processes, Origin::option, "--processes");
  } else if (spec.processes && spec.processes->value > 0) {
    values.add("processes", processes, spec.processes->mark);
  } else {
    values.add_from("processes", processes, Origin::machine,
                    spec.processes ? values.place_of(spec.processes->mark) : std::string());
  }
  if (plan.under.empty()) {
    values.add("memory", size_or(plan.memory, no_limit), mark_of(spec.memory));
    values.add("recycle.items", count_or(plan.recycle_items, "never"), mark_of(spec.recycle.items));
    values.add("recycle.memory", size_or(plan.recycle_memory, "never"),
               mark_of(spec.recycle.memory));
  }
  values.add("grace", duration_text(plan.grace), mark_of(spec.grace));
  values.add("nice", plan.nice ? std::to_string(*plan.nice) : "as the engine", mark_of(spec.nice));
  values.add("cpus", list_text(plan.cpus, "all", [](unsigned cpu) { return std::to_string(cpu); }),
             mark_of(spec.cpus));
  for (const EnvironmentSpec& variable : spec.env) {
    values.add("env." + variable.name.value, variable.value, variable.name.mark);
  }
  if (plan.sandbox) sandbox(values, *plan.sandbox, *spec.sandbox);
  return {plan.name, values.take()};
}

void Explainer::sandbox(ValueTable& values, const SandboxPolicy& plan, const SandboxSpec& spec) {
  values.add("sandbox.network", on_off(plan.network), mark_of(spec.network));
  std::string files = plan.files == FileAccess::all ? "all" : "read-only";
  if (plan.files == FileAccess::listed) {
    files = list_text(plan.paths, "[]", [](const std::string& path) { return path; });
  }
  values.add("sandbox.filesystem", files, spec.files_mark);
}

ExplainedShared Explainer::shared(const SharedPlan& plan, const SharedSpec& spec) const {
  ValueTable values = table();
  if (spec.initial) values.add("initial", spec.initial->value, spec.initial->mark);
  if (spec.size) values.add("size", std::to_string(plan.count), spec.size->mark);
  if (spec.parties) values.add("parties", std::to_string(plan.count), spec.parties->mark);
  if (plan.bytes > 0) values.add("bytes", size_text(plan.bytes), mark_of(spec.bytes));
  if (spec.timeout) values.add("timeout", duration_text(plan.timeout), spec.timeout->mark);
  return {plan.name, plan.type + (plan.of.empty() ? "" : " of " + plan.of), values.take()};
}

const StageSpec& Explainer::stage_spec(const std::string& name) const {
  return *std::find_if(spec_.stages.begin(), spec_.stages.end(),
                       [&](const StageSpec& stage) { return stage.name.value == name; });
}

ExplainedStage Explainer::stage(const StagePlan& plan) const {
  const StageSpec& spec = stage_spec(plan.name);
  ExplainedStage result;
  result.name = plan.name;
  result.task = plan.task_name;
  result.kind = to_string(plan.task.kind);
  result.pool = plan_.pools[plan.pool].name;
  result.instances = plan.instances;
  result.partitioned = plan.partitioned;
  result.promise = promise_of(plan);
  for (const Edge& from : plan.from) {
    if (plan_.stages[from.from].instance == 0) result.from.push_back(edge(plan, from));
  }
  ValueTable values = table();
  parameters(values, plan, spec.with);
  if (plan_.pools[plan.pool].under.empty()) {
    values.add("pool", result.pool, mark_of(spec.pool));
  } else {
    values.add_from("pool", result.pool, Origin::option, "--under");
  }
  flow(values, plan, spec);
  policies(values, plan, spec);
  result.values = values.take();
  return result;
}

ExplainedEdge Explainer::edge(const StagePlan& reader, const Edge& edge) const {
  const StagePlan& giver = plan_.stages[edge.from];
  ExplainedEdge result{giver.name, {}, {}, edge.type};
  if (edge.output == kFailedOutput) {
    result.output = "failed";
  } else if (edge.output < giver.task.outputs.size()) {
    result.output = giver.task.outputs[edge.output].name;
  }
  if (reader.task.inputs.size() > 1) result.input = reader.task.inputs[edge.input].name;
  return result;
}

// How items come to the stage.
void Explainer::flow(ValueTable& values, const StagePlan& plan, const StageSpec& spec) const {
  if (is(plan, TaskKind::transform)) {
    values.add("parallel", count_or(plan.parallel, no_limit), mark_of(spec.parallel));
  }
  if (plan.partitioned) {
    values.add("partition.instances", std::to_string(plan.instances),
               mark_of(spec.partition->instances));
    values.add("partition.by", plan.key_field.empty() ? "the key of emit" : plan.key_field,
               mark_of(spec.partition->by));
  }
  if (!is(plan, TaskKind::source)) {
    values.add("ordered", plan.in_order ? "true" : "false", mark_of(spec.ordered));
    const QueueSpec queue = spec.queue.value_or(QueueSpec{});
    values.add("queue.items", std::to_string(plan.queue.items), mark_of(queue.items));
    values.add("queue.bytes", size_text(plan.queue.bytes), mark_of(queue.bytes));
  }
  if (plan.task.takes_batch()) {
    const BatchSpec batch = spec.batch.value_or(BatchSpec{});
    values.add("batch.items", std::to_string(plan.batch.items), mark_of(batch.items));
    values.add("batch.bytes", size_text(plan.batch.bytes), mark_of(batch.bytes));
    values.add("batch.wait", duration_text(plan.batch.wait), mark_of(batch.wait));
  }
  values.add("rate", plan.rate > 0 ? real_text(plan.rate) + "/s" : no_limit, mark_of(spec.rate));
}

// What happens when something goes wrong, and what it may need.
void Explainer::policies(ValueTable& values, const StagePlan& plan, const StageSpec& spec) const {
  if (plan_.pools[plan.pool].under.empty()) {
    values.add("timeout", plan.timeout.count() == 0 ? none : duration_text(plan.timeout),
               mark_of(spec.timeout));
  } else {
    values.add_from("timeout", none, Origin::option, "--under");
  }
  const RetrySpec retry = spec.retry.value_or(RetrySpec{});
  values.add("retry.attempts", std::to_string(plan.retry.attempts), mark_of(retry.attempts));
  values.add("retry.backoff", duration_text(plan.retry.backoff), mark_of(retry.backoff));
  values.add("retry.max_backoff", duration_text(plan.retry.max_backoff),
             mark_of(retry.max_backoff));
  std::vector<std::string> outcomes;
  if (plan.retry.failed) outcomes.emplace_back("failed");
  if (plan.retry.crashed) outcomes.emplace_back("crashed");
  if (plan.retry.timed_out) outcomes.emplace_back("timed_out");
  // `retry` alone changes them, too.
  values.add("retry.outcomes", list_text(outcomes, none, [](const auto& name) { return name; }),
             !retry.outcomes.empty() ? mark_of(retry.outcomes)
             : spec.retry            ? std::optional(retry.mark)
                                     : std::nullopt);
  if (!is(plan, TaskKind::source)) {
    constexpr const char* names[] = {"dead_letter", "skip", "stop"};
    values.add("on_failure", names[static_cast<std::size_t>(plan.on_failure)],
               mark_of(spec.on_failure));
  }
  if (is(plan, TaskKind::stateful)) {
    values.add("on_death", plan.on_death == OnDeath::stop ? "stop" : "replay",
               mark_of(spec.on_death));
    const SnapshotSpec snapshot = spec.snapshot.value_or(SnapshotSpec{});
    values.add("snapshot.every", duration_text(plan.snapshot.every), mark_of(snapshot.every));
    values.add("snapshot.bytes", size_text(plan.snapshot.bytes), mark_of(snapshot.bytes));
  }
  if (is(plan, TaskKind::sink)) return;
  values.add("max_output", size_text(plan.max_output), mark_of(spec.max_output));
  values.add("ignore",
             list_text(spec.ignore, none, [](const auto& output) { return output.value; }),
             mark_of(spec.ignore));
}

void Explainer::parameters(ValueTable& values, const StagePlan& plan,
                           const std::vector<Entry>& with) const {
  for (const ParamDescription& param : plan.task.params) {
    const auto given = std::find_if(with.begin(), with.end(), [&](const Entry& entry) {
      return entry.key.value == param.name;
    });
    if (given != with.end()) {
      values.add_node("with." + param.name, given->value, param.secret());
    } else {
      values.add("with." + param.name,
                 param.fallback.empty() ? "not set" : as_written(param.fallback), {});
    }
  }
}

ExplainedCallback Explainer::callback(const StagePlan& plan, const CallbackSpec& spec) const {
  ExplainedCallback result;
  result.event = event_name(plan.callback->event);
  result.command = plan.callback->command;
  result.task = result.command ? spec.exec.front().value : plan.task_name;
  for (const std::size_t index : plan.callback->stages) {
    const std::string& name = plan_.stages[index].name;
    const bool known = std::count(result.stages.begin(), result.stages.end(), name) > 0;
    if (!known) result.stages.push_back(name);
  }
  ValueTable values = table();
  if (result.command) {
    values.add("exec", list_text(spec.exec, none, [](const auto& word) { return word.value; }),
               mark_of(spec.exec));
  } else {
    values.add("task", plan.task_name, mark_of(spec.task));
    parameters(values, plan, spec.with);
  }
  values.add("stages",
             list_text(result.stages, "all", [](const std::string& name) { return name; }),
             mark_of(spec.stages));
  values.add("overflow", plan.callback->drop ? "drop" : "wait", mark_of(spec.overflow));
  values.add("queue.items", std::to_string(plan.queue.items), {});
  values.add("timeout", plan.timeout.count() == 0 ? none : duration_text(plan.timeout),
             mark_of(spec.timeout));
  result.values = values.take();
  return result;
}

// Transforms run on any worker of their pool; all others have workers of their own.
void Explainer::seat_workers(Explanation& explanation) const {
  std::vector<ExplainedWorkers> pinned;
  std::size_t callbacks = 0;
  for (std::size_t i = 0; i < plan_.pools.size(); ++i) {
    ExplainedWorkers shared{plan_.pools[i].name, plan_.pools[i].processes, false, {}};
    for (const StagePlan& stage : plan_.stages) {
      if (stage.pool != i || stage.instance != 0) continue;
      if (stage.callback) {
        const ExplainedCallback& callback = explanation.callbacks[callbacks++];
        pinned.push_back({"", 1, true, {callback.event + ": " + callback.task}});
      } else if (is(stage, TaskKind::transform)) {
        shared.stages.push_back(stage.name);
      } else {
        pinned.push_back({shared.pool, stage.instances, true, {stage.name}});
      }
    }
    if (!shared.stages.empty()) explanation.workers.push_back(std::move(shared));
  }
  explanation.workers.insert(explanation.workers.end(), pinned.begin(), pinned.end());

  explanation.processes = engine_and_keeper;
  bool limited = true;
  for (const ExplainedWorkers& workers : explanation.workers) {
    explanation.processes += workers.count;
    const auto pool =
        std::find_if(plan_.pools.begin(), plan_.pools.end(),
                     [&](const PoolPlan& candidate) { return candidate.name == workers.pool; });
    const std::uint64_t memory = pool == plan_.pools.end() ? 0 : pool->memory;
    limited = limited && memory > 0;
    explanation.private_memory += workers.count * memory;
  }
  if (!limited) explanation.private_memory = 0;
}

}  // namespace

Explanation explain(const Spec& spec, const Plan& plan, const PipelineOptions& options) {
  return Explainer(spec, plan, options).explain();
}

}  // namespace penstock
