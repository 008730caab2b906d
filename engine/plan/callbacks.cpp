#include "plan/callbacks.hpp"

#include <penstock/plugin.h>
#include <penstock/match.hpp>
#include <penstock/type.hpp>

#include <algorithm>
#include <map>

#include "base/suggest.hpp"
#include "plan/arguments.hpp"
#include "plan/wiring.hpp"

namespace penstock {
namespace {

constexpr std::size_t most_waiting = 10'000;
constexpr std::chrono::seconds longest{
    30};  // that a callback may take, where the file says nothing

Event event_of(const std::string& name) {
  return name == "item_done"     ? Event::item_done
         : name == "item_failed" ? Event::item_failed
         : name == "stage_done"  ? Event::stage_done
                                 : Event::run_done;
}

Argument text_argument(std::string name, std::uint32_t kind, std::vector<std::string> texts) {
  Argument argument{std::move(name), kind, {}};
  for (std::string& text : texts) argument.values.push_back({0, 0, std::move(text)});
  return argument;
}

// So that a command is given its words as they are: `exec.run` replaces what stands in braces.
std::string without_placeholders(const std::string& word) {
  std::string result;
  for (const char c : word) result.append(c == '{' || c == '}' ? 2 : 1, c);
  return result;
}

std::vector<Argument> command_arguments(const CallbackSpec& callback) {
  std::vector<std::string> words;
  for (const Marked<std::string>& word : callback.exec) {
    words.push_back(without_placeholders(word.value));
  }
  std::vector<Argument> arguments;
  arguments.push_back(text_argument("argv", PENSTOCK_PARAM_TEXT, std::move(words)));
  arguments.push_back(text_argument("stdin", PENSTOCK_PARAM_ENUM, {"item"}));
  arguments.push_back(text_argument("output", PENSTOCK_PARAM_ENUM, {"none"}));
  return arguments;
}

class CallbackPlanner {
 public:
  CallbackPlanner(const Spec& spec, const std::vector<StagePlan>& stages, Findings& findings)
      : findings_(findings) {
    for (const StageSpec& stage : spec.stages) names_.push_back(stage.name.value);
    for (std::size_t i = 0; i < stages.size(); ++i) {
      places_[stages[i].name].push_back(i);
      if (!stages[i].task.name.empty()) kinds_.emplace(stages[i].name, stages[i].task.kind);
    }
  }

  // Whether it can be called back; else it has a finding.
  bool check_task(const Marked<std::string>& name, const TaskDescription& task);
  std::vector<std::size_t> stages_of(const CallbackSpec& callback);

 private:
  void check_stage(const CallbackSpec& callback, const Marked<std::string>& name);

  Findings& findings_;
  std::vector<std::string> names_;                          // of stages
  std::map<std::string, std::vector<std::size_t>> places_;  // in the plan, of each instance
  std::map<std::string, TaskKind> kinds_;
};

bool CallbackPlanner::check_task(const Marked<std::string>& name, const TaskDescription& task) {
  if (task.kind == TaskKind::source || task.kind == TaskKind::stateful) {
    findings_.add(name.mark,
                  ticked(name.value) + " is " + kind_in_words(task.kind) +
                      ", and only a transform or a sink can be called back",
                  "each call stands for itself: what a callback holds is not kept");
    return false;
  }
  if (task.inputs.size() != 1) {
    findings_.add(name.mark,
                  ticked(name.value) + " has several inputs, and a callback is given one record",
                  "choose a task with one input");
    return false;
  }
  const std::string given = PENSTOCK_COMPLETION_TYPE;
  std::string reason;
  const std::optional<Type> to = parse_type(task.inputs[0].type, &reason);
  if (to) reason = mismatch(*to, *parse_type(given));
  if (reason.empty()) return true;
  // The hint has it in full.
  const std::size_t whole = reason.find(given);
  if (whole != reason.npos) reason.replace(whole, given.size(), "a record");
  findings_.add(name.mark, ticked(name.value) + " cannot be a callback: " + reason,
                "callbacks are given " + given + ", it takes " + task.inputs[0].type);
  return false;
}

void CallbackPlanner::check_stage(const CallbackSpec& callback, const Marked<std::string>& name) {
  if (findings_.full()) return;
  if (std::find(names_.begin(), names_.end(), name.value) == names_.end()) {
    const std::string near = did_you_mean(name.value, names_);
    findings_.add(name.mark,
                  "the callback " + ticked(callback.event.value) + " names " + ticked(name.value) +
                      ", which is no stage",
                  near.empty() ? "the stages are " + word_list(names_) : near);
    return;
  }
  const auto kind = kinds_.find(name.value);
  if (callback.event.value != "item_done" || kind == kinds_.end() ||
      kind->second == TaskKind::source) {
    return;
  }
  findings_.add(
      name.mark,
      "`item_done` is told of the items of sources, and " + ticked(name.value) + " is none",
      "name the source that its items come from; `stage_done` tells of any stage");
}

std::vector<std::size_t> CallbackPlanner::stages_of(const CallbackSpec& callback) {
  if (callback.event.value == "run_done" && !callback.stages.empty()) {
    findings_.add(callback.stages.front().mark,
                  "`stages` has no meaning here: `run_done` is told of no stage", "remove it");
    return {};
  }
  std::vector<std::size_t> result;
  for (const Marked<std::string>& name : callback.stages) {
    check_stage(callback, name);
    const auto places = places_.find(name.value);
    if (places == places_.end()) continue;
    result.insert(result.end(), places->second.begin(), places->second.end());
  }
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

}  // namespace

void plan_callbacks(const Spec& spec, const TaskTable& tasks, Pools& pools,
                    std::vector<StagePlan>& stages, std::vector<std::string>& secrets,
                    Findings& findings) {
  std::map<std::string, unsigned> counts;
  CallbackPlanner planner(spec, stages, findings);
  for (const CallbackSpec& callback : spec.callbacks) {
    const Marked<std::string> name = task_of(callback);
    const unsigned number = ++counts[callback.event.value];
    StagePlan plan;
    plan.name = callback.event.value + (number > 1 ? '.' + std::to_string(number) : "");
    plan.task_name = name.value;
    plan.callback =
        CallbackPolicy{event_of(callback.event.value), planner.stages_of(callback),
                       callback.overflow && callback.overflow->value == "drop", !callback.task};
    plan.pool = pools.add_callback();
    plan.queue.items = most_waiting;
    plan.timeout = callback.timeout ? callback.timeout->value : std::chrono::milliseconds(longest);
    plan.retry.attempts = 1;
    if (const TaskDescription* task = tasks.find(name, plan.plugin)) {
      plan.task = *task;
      if (!callback.task) {
        plan.arguments = command_arguments(callback);
      } else if (planner.check_task(name, *task)) {
        const TaskUse use{"the callback " + ticked(callback.event.value), name, callback.with,
                          callback.with_readable};
        plan.arguments = read_arguments(use, *task, secrets, findings);
      }
    }
    stages.push_back(std::move(plan));
  }
}

}  // namespace penstock
