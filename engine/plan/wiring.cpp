#include "plan/wiring.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/suggest.hpp"
#include "plan/passage.hpp"

namespace penstock {
namespace {

class Wirer {
 public:
  Wirer(const Spec& spec, const StageTasks& tasks, Findings& findings)
      : spec_(spec),
        tasks_(tasks),
        findings_(findings),
        wiring_{Graph(spec.stages.size()), std::vector<std::vector<Wire>>(spec.stages.size())} {}

  Wiring run();

 private:
  void connect(std::size_t stage, const EdgeSpec& edge);
  std::optional<std::size_t> find_stage(std::size_t reader, const EdgeSpec& edge);
  std::optional<std::uint16_t> find_giving(std::size_t giver, std::size_t reader,
                                           const EdgeSpec& edge);
  std::optional<std::uint16_t> find_taking(std::size_t reader, const EdgeSpec& edge);
  void check_cycles();
  void check_place(std::size_t stage);
  void check_inputs(std::size_t stage);

  bool is(std::size_t stage, TaskKind kind) const {
    return tasks_[stage] != nullptr && tasks_[stage]->kind == kind;
  }
  std::string stage_name(std::size_t stage) const {
    return "stage " + ticked(spec_.stages[stage].name.value);
  }

  const Spec& spec_;
  const StageTasks& tasks_;
  Findings& findings_;
  Wiring wiring_;
  std::map<std::string, std::size_t> numbers_;  // of the stages by name
  std::vector<std::string> names_;
  Readership readership_;
};

std::vector<std::string> input_names(const TaskDescription& task) {
  std::vector<std::string> names;
  for (const PortDescription& input : task.inputs) names.push_back(input.name);
  return names;
}

Wiring Wirer::run() {
  for (std::size_t i = 0; i < spec_.stages.size(); ++i) {
    numbers_.emplace(spec_.stages[i].name.value, i);
    names_.push_back(spec_.stages[i].name.value);
  }
  for (std::size_t i = 0; i < spec_.stages.size(); ++i) {
    for (const EdgeSpec& edge : spec_.stages[i].from) connect(i, edge);
  }
  check_cycles();
  for (std::size_t i = 0; i < spec_.stages.size(); ++i) {
    if (tasks_[i] != nullptr) check_place(i);
  }
  check_outputs(spec_, tasks_, readership_, findings_);
  return std::move(wiring_);
}

void Wirer::connect(std::size_t reader, const EdgeSpec& edge) {
  const std::optional<std::size_t> giver = find_stage(reader, edge);
  if (!giver) return;
  if (is(reader, TaskKind::source)) {  // which has a finding of its own, and closes no cycle
    readership_.meant_stages.insert(*giver);
    return;
  }
  if (tasks_[*giver] == nullptr) {
    readership_.meant_stages.insert(*giver);
    wiring_.graph.connect(*giver, reader);
    return;
  }
  const std::optional<std::uint16_t> output = find_giving(*giver, reader, edge);
  if (!output) return;
  readership_.readers.emplace(std::pair(*giver, *output), reader);
  wiring_.graph.connect(*giver, reader);
  const std::optional<std::uint16_t> input = find_taking(reader, edge);
  if (!input) return;
  wiring_.into[reader].push_back({*giver, *output, *input, output_type(*tasks_[*giver], *output)});
  const Passage passage{spec_.stages[*giver], *tasks_[*giver], *output, spec_.stages[reader],
                        *tasks_[reader],      *input,          edge};
  check_type(passage, findings_);
  check_key(passage, findings_);
}

std::optional<std::size_t> Wirer::find_stage(std::size_t reader, const EdgeSpec& edge) {
  const std::string& name = edge.stage.value;
  const auto found = numbers_.find(name);
  if (found != numbers_.end()) return found->second;
  if (findings_.full()) {  // counted, and nothing is compared with all names
    findings_.add(edge.stage.mark, {});
    return std::nullopt;
  }
  const std::string near = did_you_mean(name, names_);
  if (const auto meant = nearest(name, names_)) {
    readership_.meant_stages.insert(numbers_.at(*meant));
  }
  findings_.add(edge.stage.mark,
                stage_name(reader) + " reads from " + ticked(name) + ", which is no stage",
                near.empty() ? "the stages are " + word_list(names_) : near);
  return std::nullopt;
}

std::optional<std::uint16_t> Wirer::find_giving(std::size_t giver, std::size_t reader,
                                                const EdgeSpec& edge) {
  const TaskDescription& task = *tasks_[giver];
  const std::string& name = edge.stage.value;
  const std::string& task_name = spec_.stages[giver].task.value;
  if (task.kind == TaskKind::source && edge.output == failed_output) {
    findings_.add(edge.stage.mark,
                  "a source has no items that fail: " + ticked(task_name) +
                      " ends the run if it cannot go on",
                  "let it read from another stage");
    return std::nullopt;
  }
  const std::optional<std::uint16_t> output = find_output(task, edge.output);
  if (output) return output;
  const std::vector<std::string> names = named_outputs(task);
  if (!edge.output.empty()) {
    const std::string near = did_you_mean(edge.output, names);
    if (const auto meant = nearest(edge.output, names)) {
      readership_.meant.insert({giver, *find_output(task, *meant)});
    }
    findings_.add(
        edge.stage.mark,
        ticked(task_name) + " of stage " + ticked(name) + " has no output " + ticked(edge.output),
        !near.empty() ? near
        : edge.output == main_output_name && find_output(task, "")
            ? "`from: " + name + "` reads its main output"
            : "beside its main one it has " + word_list(names));
    return std::nullopt;
  }
  const bool sink = task.kind == TaskKind::sink;
  if (!sink) readership_.meant_stages.insert(giver);
  findings_.add(edge.stage.mark,
                stage_name(reader) + " reads from " + ticked(name) + ", but " + ticked(task_name) +
                    (sink ? " is a sink: it emits nothing" : " has no main output"),
                sink ? "let it read from another stage"
                     : "`from: " + name + '.' + names.front() + "` reads a named one");
  return std::nullopt;
}

// Several inputs without names in `from` have one finding, which check_inputs() makes.
std::optional<std::uint16_t> Wirer::find_taking(std::size_t reader, const EdgeSpec& edge) {
  if (tasks_[reader] == nullptr || tasks_[reader]->inputs.empty()) return std::nullopt;
  const std::vector<std::string> names = input_names(*tasks_[reader]);
  const std::string& name = edge.input.value;
  if (name.empty() && edge.input.mark.line == 0) {
    return names.size() == 1 ? std::optional<std::uint16_t>(0) : std::nullopt;
  }
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end() && !name.empty()) {
    return static_cast<std::uint16_t>(found - names.begin());
  }
  const std::string task = ticked(spec_.stages[reader].task.value);
  const std::string near = did_you_mean(name, names);
  findings_.add(edge.input.mark, task + " has no input " + ticked(name),
                names.size() == 1 && names[0].empty() ? "it has one input: write `from: STAGE`"
                : near.empty()                        ? "it has " + word_list(names)
                                                      : near);
  return std::nullopt;
}

void Wirer::check_cycles() {
  const std::vector<std::vector<std::size_t>> ways = cycles(wiring_.graph);
  for (std::size_t i = 0; i < ways.size(); ++i) {
    if (ways[i].empty()) continue;
    std::string way;
    for (const std::size_t node : ways[i]) way += spec_.stages[node].name.value + " → ";
    findings_.add(spec_.stages[i].from_mark,
                  stage_name(i) + " is part of a cycle: " + way + spec_.stages[i].name.value,
                  "items run one way: let one of them read from another stage");
  }
}

void Wirer::check_place(std::size_t stage) {
  const StageSpec& spec = spec_.stages[stage];
  const TaskDescription& task = *tasks_[stage];
  const bool has_from = spec.from_mark.line > 0;
  if (task.kind == TaskKind::source) {
    if (!has_from) return;
    findings_.add(spec.from_mark,
                  stage_name(stage) + " has `from`, but " + ticked(spec.task.value) +
                      " is a source: it reads from no stage",
                  "remove `from`");
  } else if (!has_from) {
    findings_.add(spec.name.mark,
                  stage_name(stage) + " has no `from`, but " + ticked(spec.task.value) + " is " +
                      kind_in_words(task.kind) + ": it reads what others emit",
                  "add `from: STAGE`");
  } else if (spec.from_readable) {
    check_inputs(stage);
  }
}

// That each input of a task with several is fed by some stage.
void Wirer::check_inputs(std::size_t stage) {
  const StageSpec& spec = spec_.stages[stage];
  const std::vector<std::string> names = input_names(*tasks_[stage]);
  if (names.size() < 2) return;
  std::set<std::string> fed;
  for (const EdgeSpec& edge : spec.from) {
    if (edge.input.mark.line == 0) {
      std::string form;
      for (const std::string& name : names) form += (form.empty() ? "" : ", ") + name + ": STAGE";
      findings_.add(spec.from_mark,
                    ticked(spec.task.value) + " has the inputs " + word_list(names) +
                        ": `from` has to say which stage feeds which",
                    "from: {" + form + "}");
      return;
    }
    fed.insert(edge.input.value);
    if (const auto meant = nearest(edge.input.value, names)) fed.insert(*meant);
  }
  for (const std::string& name : names) {
    if (fed.count(name) != 0) continue;
    findings_.add(
        spec.from_mark,
        "nothing feeds the input " + ticked(name) + " of stage " + ticked(spec.name.value),
        "add `" + name + ": STAGE`");
  }
}

}  // namespace

std::string kind_in_words(TaskKind kind) {
  return kind == TaskKind::stateful ? "a stateful task" : "a " + std::string(to_string(kind));
}

Wiring wire(const Spec& spec, const StageTasks& tasks, Findings& findings) {
  return Wirer(spec, tasks, findings).run();
}

}  // namespace penstock
