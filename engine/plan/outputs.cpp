#include "plan/outputs.hpp"

#include <penstock/plugin.h>

#include <algorithm>

#include "base/suggest.hpp"

namespace penstock {

std::optional<std::uint16_t> find_output(const TaskDescription& task, std::string_view name) {
  if (name == failed_output) return kFailedOutput;
  for (std::size_t i = 0; i < task.outputs.size(); ++i) {
    if (task.outputs[i].name == name) return static_cast<std::uint16_t>(i);
  }
  return std::nullopt;
}

std::string output_type(const TaskDescription& task, std::uint16_t output) {
  return output == kFailedOutput ? PENSTOCK_FAILED_TYPE : task.outputs[output].type;
}

bool has_keys(const TaskDescription& task, std::uint16_t output) {
  return output != kFailedOutput && !task.outputs[output].keyless();
}

std::vector<std::string> named_outputs(const TaskDescription& task) {
  std::vector<std::string> names;
  for (const PortDescription& output : task.outputs) {
    if (!output.name.empty()) names.push_back(output.name);
  }
  names.emplace_back(failed_output);
  return names;
}

namespace {

class OutputCheck {
 public:
  OutputCheck(const Spec& spec, const StageTasks& tasks, const Readership& readership,
              Findings& findings)
      : spec_(spec), tasks_(tasks), readership_(readership), findings_(findings) {
    // Where a `from` could not be read, nobody knows what it would have named.
    certain_ = std::all_of(spec.stages.begin(), spec.stages.end(),
                           [](const StageSpec& stage) { return stage.from_readable; });
  }

  void check_ignored(std::size_t stage);
  void check_read(std::size_t stage);
  void check_failed(std::size_t stage);

 private:
  void check_ignored(std::size_t stage, const Marked<std::string>& name);

  const Spec& spec_;
  const StageTasks& tasks_;
  const Readership& readership_;
  Findings& findings_;
  bool certain_ = true;
  std::set<std::pair<std::size_t, std::uint16_t>> ignored_;
};

void OutputCheck::check_ignored(std::size_t stage) {
  for (const Marked<std::string>& name : spec_.stages[stage].ignore) check_ignored(stage, name);
}

void OutputCheck::check_ignored(std::size_t stage, const Marked<std::string>& name) {
  const StageSpec& spec = spec_.stages[stage];
  const TaskDescription& task = *tasks_[stage];
  if (name.value == failed_output) {
    findings_.add(name.mark, "`failed` is not to be ignored: it needs no reader",
                  "remove it; `on_failure: skip` lets items that fail count as done");
    return;
  }
  const bool main = name.value == main_output_name;
  const std::optional<std::uint16_t> output = find_output(task, main ? "" : name.value);
  if (!output || name.value.empty()) {
    std::vector<std::string> names = named_outputs(task);
    names.back() = main_output_name;  // in the place of `failed`
    if (!find_output(task, "")) names.pop_back();
    const std::string near = did_you_mean(name.value, names);
    if (const auto meant = nearest(name.value, names)) {
      ignored_.insert({stage, *find_output(task, *meant == main_output_name ? "" : *meant)});
    }
    findings_.add(name.mark, ticked(spec.task.value) + " has no output " + ticked(name.value),
                  !near.empty()   ? near
                  : names.empty() ? "it has no outputs: remove `ignore`"
                                  : "it has " + word_list(names));
    return;
  }
  if (!ignored_.insert({stage, *output}).second) {
    findings_.add(name.mark, ticked(name.value) + " is ignored twice", "remove one");
    return;
  }
  const auto reader = readership_.readers.find({stage, *output});
  if (reader == readership_.readers.end()) return;
  findings_.add(name.mark,
                "stage " + ticked(spec.name.value) + " ignores " + ticked(name.value) +
                    ", but stage " + ticked(spec_.stages[reader->second].name.value) + " reads it",
                "remove one of the two");
}

void OutputCheck::check_read(std::size_t stage) {
  if (!certain_ || readership_.meant_stages.count(stage) != 0) return;
  const Marked<std::string>& name = spec_.stages[stage].name;
  const std::vector<PortDescription>& outputs = tasks_[stage]->outputs;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::pair<std::size_t, std::uint16_t> output{stage, static_cast<std::uint16_t>(i)};
    if (readership_.readers.count(output) != 0 || readership_.meant.count(output) != 0 ||
        ignored_.count(output) != 0) {
      continue;
    }
    const std::string& port = outputs[i].name;
    const bool main = port.empty();
    findings_.add(
        name.mark,
        main ? "nobody reads what stage " + ticked(name.value) + " emits"
             : "nobody reads the output " + ticked(port) + " of stage " + ticked(name.value),
        "`from: " + name.value + (main ? "" : '.' + port) + "` at a stage reads it, `ignore: " +
            (main ? std::string(main_output_name) : port) + "` at this one drops it");
  }
}

void OutputCheck::check_failed(std::size_t stage) {
  const StageSpec& spec = spec_.stages[stage];
  const auto reader = readership_.readers.find({stage, kFailedOutput});
  if (reader == readership_.readers.end() || !spec.on_failure) return;
  findings_.add(spec.on_failure->mark,
                "stage " + ticked(spec.name.value) +
                    " says `on_failure: " + spec.on_failure->value + "`, but stage " +
                    ticked(spec_.stages[reader->second].name.value) + " reads its output `failed`",
                "what is read there has been handled: remove one of the two");
}

}  // namespace

void check_outputs(const Spec& spec, const StageTasks& tasks, const Readership& readership,
                   Findings& findings) {
  OutputCheck check(spec, tasks, readership, findings);
  for (std::size_t stage = 0; stage < spec.stages.size(); ++stage) {
    if (tasks[stage] == nullptr) continue;
    check.check_ignored(stage);
    check.check_read(stage);
    check.check_failed(stage);
  }
}

}  // namespace penstock
