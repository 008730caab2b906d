#include "plan/planner.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/suggest.hpp"
#include "plan/arguments.hpp"
#include "plan/wiring.hpp"

namespace penstock {
namespace {

const std::string default_pool = "default";

template <class T, class U>
void take(const Given<T>& given, U& value) {
  if (given) value = static_cast<U>(given->value);
}

class Planner {
 public:
  Planner(const Spec& spec, const Offer& offer, const PlanOptions& options)
      : spec_(spec), offer_(offer), options_(options), findings_(spec.sources) {}

  Planned run();

 private:
  void plan_plugins();
  void check_description(const PluginNeed& need, const PluginDescription& plugin);
  void report_missing(const PluginNeed& need);
  void plan_pools();
  PoolPlan plan_pool(const PoolSpec& pool) const;
  void plan_stage(const StageSpec& stage);
  const TaskDescription* find_task(const StageSpec& stage, StagePlan& plan);
  void choose_pool(const StageSpec& stage, StagePlan& plan);
  void plan_policies(const StageSpec& stage, StagePlan& plan);
  void plan_retry(const RetrySpec& retry, RetryPolicy& policy);
  void check_kind(const StageSpec& stage, const TaskDescription& task);
  void report_unused_pools();
  void order(const Graph& graph);

  const Spec& spec_;
  const Offer& offer_;
  const PlanOptions& options_;
  Findings findings_;
  Plan plan_;
  std::map<std::string, std::size_t> plugins_;  // usable ones, by name: index into plan_.plugins
  std::set<std::string> used_pools_;
  std::vector<StagePlan> stages_;  // in the spec's order
  StageTasks tasks_;
};

Planned Planner::run() {
  plan_.pipeline = spec_.pipeline.value;
  plan_.memory = spec_.memory ? spec_.memory->value : options_.memory;
  plan_.secrets = spec_.secrets;
  plan_plugins();
  plan_pools();
  for (const StageSpec& stage : spec_.stages) plan_stage(stage);
  report_unused_pools();
  order(wire(spec_, tasks_, findings_));
  std::vector<Finding> findings = findings_.take(plan_.secrets);
  return {std::move(plan_), std::move(findings)};
}

void Planner::plan_plugins() {
  std::map<std::string, Mark> listed;
  for (const Marked<std::string>& entry : spec_.plugins) {
    const std::string name = plugin_need(spec_, entry).name;
    const auto [first, added] = listed.emplace(name, entry.mark);
    if (added) continue;
    findings_.add(entry.mark, "a second plugin of the name " + ticked(name),
                  "the first one stands in line " + std::to_string(first->second.line) +
                      ": a task's name could mean either");
  }
  for (const PluginNeed& need : needed_plugins(spec_)) {
    const auto found = offer_.plugins.find(need.name);
    if (found == offer_.plugins.end()) {
      report_missing(need);
      continue;
    }
    check_description(need, found->second);
    plugins_.emplace(need.name, plan_.plugins.size());
    plan_.plugins.push_back(found->second);
  }
}

void Planner::report_missing(const PluginNeed& need) {
  const auto problem = offer_.problems.find(need.name);
  if (problem != offer_.problems.end()) {
    findings_.add(need.mark, "plugin " + ticked(need.name) + " cannot be used: " + problem->second);
    return;
  }
  if (!need.path.empty()) {
    findings_.add(need.mark, "there is no plugin at " + ticked(need.path.string()),
                  "paths of plugins are relative to the pipeline file");
    return;
  }
  const std::string near = did_you_mean(need.name, offer_.known);
  findings_.add(
      need.mark,
      "there is no plugin " + ticked(need.name) + ": no lib" + need.name + ".so in " +
          (offer_.searched.empty() ? "any folder" : word_list(offer_.searched, "or")),
      near.empty() ? "--plugin-path DIR adds a folder, and `plugins: [PATH]` names a file" : near);
}

void Planner::check_description(const PluginNeed& need, const PluginDescription& plugin) {
  if (plugin.name != need.name) {
    findings_.add(
        need.mark,
        "the plugin in " + ticked(plugin.path) + " calls itself " + ticked(plugin.name) + ", not " +
            ticked(need.name),
        "a plugin NAME stands in libNAME.so: rename the file to lib" + plugin.name + ".so");
  }
  std::set<std::string> names;
  for (const TaskDescription& task : plugin.tasks) {
    if (names.insert(task.name).second) continue;
    findings_.add(need.mark,
                  "plugin " + ticked(need.name) + " has two tasks of the name " + ticked(task.name),
                  "its author has to rename one (" + plugin.path + ")");
  }
}

void Planner::plan_pools() {
  for (const PoolSpec& pool : spec_.pools) plan_.pools.push_back(plan_pool(pool));
}

PoolPlan Planner::plan_pool(const PoolSpec& pool) const {
  PoolPlan plan;
  plan.name = pool.name.value;
  const std::uint64_t given = pool.processes ? pool.processes->value : 0;
  const unsigned wanted = given > 0 ? static_cast<unsigned>(given) : options_.cores;
  plan.processes = std::max(1u, options_.processes.value_or(wanted));
  take(pool.memory, plan.memory);
  take(pool.recycle.items, plan.recycle_items);
  take(pool.recycle.memory, plan.recycle_memory);
  take(pool.grace, plan.grace);
  for (const EnvironmentSpec& variable : pool.env) {
    plan.env.emplace_back(variable.name.value, variable.value);
  }
  return plan;
}

void Planner::plan_stage(const StageSpec& stage) {
  StagePlan plan;
  plan.name = stage.name.value;
  plan.task_name = stage.task.value;
  choose_pool(stage, plan);
  plan_policies(stage, plan);
  const TaskDescription* task = find_task(stage, plan);
  if (task != nullptr) {
    plan.task = *task;
    plan.arguments = read_arguments(stage, *task, plan_.secrets, findings_);
    check_kind(stage, *task);
  }
  tasks_.push_back(task);
  stages_.push_back(std::move(plan));
}

const TaskDescription* Planner::find_task(const StageSpec& stage, StagePlan& plan) {
  if (stage.task.value.empty()) return nullptr;
  const auto found = plugins_.find(stage.plugin_name());
  if (found == plugins_.end()) return nullptr;
  plan.plugin = found->second;
  const PluginDescription& plugin = offer_.plugins.at(stage.plugin_name());
  const TaskDescription* task = plugin.find(stage.task_name());
  if (task != nullptr) return task;
  std::vector<std::string> names;
  for (const TaskDescription& other : plugin.tasks) names.push_back(plugin.name + '.' + other.name);
  const std::string near = did_you_mean(stage.task.value, names);
  findings_.add(stage.task.mark,
                "plugin " + ticked(plugin.name) + " has no task " + ticked(stage.task_name()) +
                    " (" + plugin.path + ")",
                !near.empty()   ? near
                : names.empty() ? "it has no tasks"
                                : "it has " + word_list(names));
  return nullptr;
}

void Planner::choose_pool(const StageSpec& stage, StagePlan& plan) {
  const std::string& wanted = stage.pool ? stage.pool->value : default_pool;
  const auto named = [&](const PoolPlan& pool) { return pool.name == wanted; };
  const auto found = std::find_if(plan_.pools.begin(), plan_.pools.end(), named);
  plan.pool = static_cast<std::size_t>(found - plan_.pools.begin());
  used_pools_.insert(wanted);
  if (found != plan_.pools.end()) return;
  if (wanted == default_pool) {
    PoolSpec pool;
    pool.name.value = default_pool;
    plan_.pools.push_back(plan_pool(pool));
    return;
  }
  std::vector<std::string> names;
  for (const PoolPlan& pool : plan_.pools) names.push_back(pool.name);
  if (auto near = nearest(wanted, names)) used_pools_.insert(std::move(*near));
  const std::string near = did_you_mean(wanted, names);
  findings_.add(stage.pool->mark,
                "stage " + ticked(stage.name.value) + " wants pool " + ticked(wanted) +
                    ", which is not under `pools`",
                near.empty() ? "`pools: {" + wanted + ": {processes: auto}}` makes one" : near);
}

void Planner::plan_policies(const StageSpec& stage, StagePlan& plan) {
  take(stage.parallel, plan.parallel);
  take(stage.timeout, plan.timeout);
  take(stage.max_output, plan.max_output);
  if (stage.queue) {
    take(stage.queue->items, plan.queue.items);
    take(stage.queue->bytes, plan.queue.bytes);
  }
  if (stage.snapshot) {
    take(stage.snapshot->every, plan.snapshot.every);
    take(stage.snapshot->bytes, plan.snapshot.bytes);
  }
  if (stage.on_failure) {
    plan.on_failure = stage.on_failure->value == "skip"   ? OnFailure::skip
                      : stage.on_failure->value == "stop" ? OnFailure::stop
                                                          : OnFailure::dead_letter;
  }
  if (stage.on_death && stage.on_death->value == "stop") plan.on_death = OnDeath::stop;
  if (stage.retry) plan_retry(*stage.retry, plan.retry);
}

void Planner::plan_retry(const RetrySpec& retry, RetryPolicy& policy) {
  take(retry.attempts, policy.attempts);
  take(retry.backoff, policy.backoff);
  policy.max_backoff = std::max(policy.max_backoff, policy.backoff);
  take(retry.max_backoff, policy.max_backoff);
  if (policy.backoff > policy.max_backoff) {
    findings_.add(retry.max_backoff->mark, "`max_backoff` is less than `backoff`",
                  "the wait grows from `backoff` up to `max_backoff`");
  }
  const auto tried_again = [&](const char* name) {
    return retry.outcomes.empty() ||
           std::any_of(retry.outcomes.begin(), retry.outcomes.end(),
                       [&](const Marked<std::string>& outcome) { return outcome.value == name; });
  };
  policy.failed = tried_again("failed");
  policy.crashed = tried_again("crashed");
  policy.timed_out = tried_again("timed_out");
}

// Keys that would do nothing at a task of this kind, and a death that nobody could make good.
void Planner::check_kind(const StageSpec& stage, const TaskDescription& task) {
  const std::string is = ticked(stage.task.value) + " is " + kind_in_words(task.kind);
  const auto refuse = [&](bool given, Mark mark, const std::string& key, const std::string& why) {
    if (given)
      findings_.add(mark, ticked(key) + " has no meaning here: " + is + ", " + why, "remove it");
  };
  const auto mark = [](const auto& given) { return given ? given->mark : Mark{}; };
  if (task.kind != TaskKind::transform) {
    refuse(stage.parallel.has_value(), mark(stage.parallel), "parallel",
           "and only a transform runs several calls at a time");
  }
  if (task.kind != TaskKind::stateful) {
    refuse(stage.snapshot.has_value(), mark(stage.snapshot), "snapshot",
           "and only a stateful task takes snapshots at set times");
    refuse(stage.on_death.has_value(), mark(stage.on_death), "on_death",
           "and only a stateful task can lose what it holds");
  }
  if (task.kind == TaskKind::source) {
    refuse(stage.queue.has_value(), mark(stage.queue), "queue", "and nothing waits before it");
    refuse(stage.on_failure.has_value(), mark(stage.on_failure), "on_failure",
           "and one that fails for good ends the run");
  }
  if (task.kind == TaskKind::sink) {
    refuse(stage.max_output.has_value(), mark(stage.max_output), "max_output", "and emits nothing");
  }
  const bool stops = stage.on_death && stage.on_death->value == "stop";
  if (task.kind == TaskKind::stateful && !task.has_snapshot() && !stops) {
    findings_.add(stage.task.mark,
                  is + " without a snapshot: the death of its worker would lose what it holds",
                  "`on_death: stop` accepts that, and ends the run then");
  }
}

void Planner::report_unused_pools() {
  for (const PoolSpec& pool : spec_.pools) {
    if (used_pools_.count(pool.name.value) != 0) continue;
    findings_.add(pool.name.mark, "no stage uses pool " + ticked(pool.name.value),
                  "`pool: " + pool.name.value + "` at a stage uses it; else remove it");
  }
}

// Puts the stages into their order and numbers their edges by it.
void Planner::order(const Graph& graph) {
  const std::vector<std::size_t> sequence = topological_order(graph);
  std::vector<std::size_t> place(graph.size());
  for (std::size_t i = 0; i < sequence.size(); ++i) place[sequence[i]] = i;
  for (const std::size_t old : sequence) {
    StagePlan& stage = stages_[old];
    for (const std::size_t from : graph.from[old]) {
      stage.from.push_back(place[from]);
      const PortDescription* output =
          tasks_[from] == nullptr ? nullptr : main_output(*tasks_[from]);
      stage.from_types.push_back(output == nullptr ? std::string() : output->type);
    }
    for (const std::size_t reader : graph.readers[old]) stage.readers.push_back(place[reader]);
    plan_.stages.push_back(std::move(stage));
  }
}

}  // namespace

Planned make_plan(const Spec& spec, const Offer& offer, const PlanOptions& options) {
  return Planner(spec, offer, options).run();
}

}  // namespace penstock
