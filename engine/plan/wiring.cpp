#include "plan/wiring.hpp"

#include <penstock/match.hpp>
#include <penstock/type.hpp>

#include <algorithm>
#include <map>
#include <set>

#include "base/suggest.hpp"

namespace penstock {
namespace {

class Wiring {
 public:
  Wiring(const Spec& spec, const StageTasks& tasks, Findings& findings)
      : spec_(spec), tasks_(tasks), findings_(findings), graph_(spec.stages.size()) {}

  Graph run();

 private:
  void connect(std::size_t stage);
  void check_cycles();
  void check_input(std::size_t stage);
  void check_edge(const Marked<std::string>& from, std::size_t reader);
  void check_read(std::size_t stage) const;

  bool is(std::size_t stage, TaskKind kind) const {
    return tasks_[stage] != nullptr && tasks_[stage]->kind == kind;
  }
  std::string stage_name(std::size_t stage) const {
    return "stage " + ticked(spec_.stages[stage].name.value);
  }

  const Spec& spec_;
  const StageTasks& tasks_;
  Findings& findings_;
  Graph graph_;
  std::map<std::string, std::size_t> numbers_;  // of the stages by name
  std::vector<std::string> names_;
  std::set<std::string> meant_;  // read by a stage that misspells their name
};

Graph Wiring::run() {
  for (std::size_t i = 0; i < spec_.stages.size(); ++i) {
    numbers_.emplace(spec_.stages[i].name.value, i);
    names_.push_back(spec_.stages[i].name.value);
  }
  for (std::size_t i = 0; i < spec_.stages.size(); ++i) connect(i);
  check_cycles();
  for (std::size_t i = 0; i < spec_.stages.size(); ++i) {
    if (tasks_[i] == nullptr) continue;
    check_input(i);
    check_read(i);
  }
  return std::move(graph_);
}

void Wiring::connect(std::size_t stage) {
  for (const Marked<std::string>& from : spec_.stages[stage].from) {
    const auto found = numbers_.find(from.value);
    if (found != numbers_.end()) {
      // An edge that can never be has a finding of its own, and closes no cycle.
      if (is(found->second, TaskKind::sink) || is(stage, TaskKind::source)) {
        meant_.insert(from.value);
      } else {
        graph_.connect(found->second, stage);
      }
      continue;
    }
    const std::string near = did_you_mean(from.value, names_);
    if (!near.empty()) meant_.insert(*nearest(from.value, names_));
    findings_.add(from.mark,
                  stage_name(stage) + " reads from " + ticked(from.value) + ", which is no stage",
                  near.empty() ? "the stages are " + word_list(names_) : near);
  }
}

void Wiring::check_cycles() {
  const std::vector<std::vector<std::size_t>> ways = cycles(graph_);
  for (std::size_t i = 0; i < ways.size(); ++i) {
    if (ways[i].empty()) continue;
    std::string way;
    for (const std::size_t node : ways[i]) way += spec_.stages[node].name.value + " → ";
    findings_.add(spec_.stages[i].from_mark,
                  stage_name(i) + " is part of a cycle: " + way + spec_.stages[i].name.value,
                  "items run one way: let one of them read from another stage");
  }
}

void Wiring::check_input(std::size_t stage) {
  const StageSpec& spec = spec_.stages[stage];
  const TaskDescription& task = *tasks_[stage];
  const bool has_from = spec.from_mark.line > 0;
  if (task.kind == TaskKind::source) {
    if (!has_from) return;
    findings_.add(spec.from_mark,
                  stage_name(stage) + " has `from`, but " + ticked(spec.task.value) +
                      " is a source: it reads from no stage",
                  "remove `from`");
    return;
  }
  if (!has_from) {
    findings_.add(spec.name.mark,
                  stage_name(stage) + " has no `from`, but " + ticked(spec.task.value) + " is " +
                      kind_in_words(task.kind) + ": it reads what others emit",
                  "add `from: STAGE`");
    return;
  }
  if (task.inputs.size() > 1 && spec.from_readable) {
    std::vector<std::string> names;
    for (const PortDescription& input : task.inputs) names.push_back(input.name);
    findings_.add(spec.task.mark, ticked(spec.task.value) + " has the inputs " + word_list(names) +
                                      ", and naming them in `from` is not in this version");
    return;
  }
  for (const Marked<std::string>& from : spec.from) check_edge(from, stage);
}

void Wiring::check_edge(const Marked<std::string>& from, std::size_t reader) {
  const auto found = numbers_.find(from.value);
  if (found == numbers_.end() || tasks_[found->second] == nullptr) return;
  const TaskDescription& giver = *tasks_[found->second];
  const std::string& giver_task = spec_.stages[found->second].task.value;
  const std::string& reader_task = spec_.stages[reader].task.value;
  const PortDescription* output = main_output(giver);
  if (giver.kind == TaskKind::sink || output == nullptr) {
    findings_.add(
        from.mark,
        stage_name(reader) + " reads from " + ticked(from.value) + ", but " + ticked(giver_task) +
            (giver.kind == TaskKind::sink ? " is a sink: it emits nothing" : " has no main output"),
        "let it read from another stage");
    return;
  }
  if (tasks_[reader]->inputs.empty()) return;
  const std::string& wanted = tasks_[reader]->inputs[0].type;
  std::string reason;
  const std::optional<Type> from_type = parse_type(output->type, &reason);
  const std::optional<Type> to_type = from_type ? parse_type(wanted, &reason) : std::nullopt;
  if (to_type) reason = mismatch(*to_type, *from_type);
  if (reason.empty()) return;
  findings_.add(from.mark,
                stage_name(reader) + " cannot read from " + ticked(from.value) + ": " + reason,
                ticked(giver_task) + " emits " + output->type + ", " + ticked(reader_task) +
                    " takes " + wanted);
}

// Of the main output alone: what a named one has for nobody is dropped.
void Wiring::check_read(std::size_t stage) const {
  const Marked<std::string>& name = spec_.stages[stage].name;
  if (main_output(*tasks_[stage]) == nullptr || !graph_.readers[stage].empty()) return;
  // Where a `from` could not be read, nobody knows what it would have named.
  const bool certain = std::all_of(spec_.stages.begin(), spec_.stages.end(),
                                   [](const StageSpec& other) { return other.from_readable; });
  if (!certain || meant_.count(name.value) != 0) return;
  findings_.add(name.mark, "nobody reads what " + stage_name(stage) + " emits",
                "some stage has to read `from: " + name.value + "`");
}

}  // namespace

std::string kind_in_words(TaskKind kind) {
  return kind == TaskKind::stateful ? "a stateful task" : "a " + std::string(to_string(kind));
}

const PortDescription* main_output(const TaskDescription& task) {
  for (const PortDescription& output : task.outputs) {
    if (output.name.empty()) return &output;
  }
  return nullptr;
}

Graph wire(const Spec& spec, const StageTasks& tasks, Findings& findings) {
  return Wiring(spec, tasks, findings).run();
}

}  // namespace penstock
