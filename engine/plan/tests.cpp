#include "plan/tests.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string>
#include <utility>

#include "base/suggest.hpp"
#include "plan/test_values.hpp"

namespace penstock {
namespace {

constexpr std::string_view kLine = "line";  // see ipc/order.hpp
// No call of a test takes longer, unless its stage says so.
constexpr std::chrono::milliseconds kPatience{60'000};

// What a source of a test is called, and so what its items' ids begin with.
std::string input_name(const PortDescription& port) {
  return port.name.empty() ? "input" : port.name;
}

class TestPlanner {
 public:
  TestPlanner(const TestSpec& spec, const Plan& plan, Findings& findings)
      : spec_(spec), plan_(plan), findings_(findings), owner_("test " + ticked(spec.name.value)) {}

  std::optional<TestPlan> run() {
    if (!spec_.stage || !find_stage()) return std::nullopt;
    result_.name = spec_.name.value;
    read_input();
    read_output();
    read_faults();
    for (const auto& [item, count] : spec_.attempts) {
      if (is_there(item)) result_.attempts[item.value] = count;
    }
    for (const auto& [item, cause] : spec_.dead) {
      if (is_there(item)) result_.dead[item.value] = cause;
    }
    const bool forgiven = stage_->on_failure == OnFailure::skip;
    result_.status =
        spec_.status ? static_cast<int>(spec_.status->value) : !result_.dead.empty() && !forgiven;
    return std::move(result_);
  }

 private:
  bool find_stage();
  void read_input();
  void read_output();
  void read_faults();
  void read_lines(const Node& list, std::uint16_t port);
  void read_values(const Node& list, std::uint16_t port);
  template <class Use>
  void for_each_port(const Node& node, const std::vector<PortDescription>& ports, const char* key,
                     Use use);
  bool is_there(const Marked<std::uint64_t>& item);
  std::string id_of(std::uint64_t item) const;

  const TestSpec& spec_;
  const Plan& plan_;
  Findings& findings_;
  const std::string owner_;
  const StagePlan* stage_ = nullptr;
  TestPlan result_;
  std::uint64_t items_ = 0;
  bool counted_ = false;  // else `input` has a finding, or the stage is a source
};

bool TestPlanner::find_stage() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < plan_.stages.size(); ++i) {
    const StagePlan& stage = plan_.stages[i];
    if (stage.callback) continue;
    if (stage.name == spec_.stage->value) {
      stage_ = &stage;
      result_.stage = i;
      return !stage.task.name.empty();  // else it has its finding
    }
    if (stage.instance == 0) names.push_back(stage.name);
  }
  const std::string near = did_you_mean(spec_.stage->value, names);
  findings_.add(spec_.stage->mark,
                owner_ + " is about stage " + ticked(spec_.stage->value) + ", which is not there",
                near.empty() ? "the stages are " + word_list(names) : near);
  return false;
}

// A list is of the first one, a map names them.
template <class Use>
void TestPlanner::for_each_port(const Node& node, const std::vector<PortDescription>& ports,
                                const char* key, Use use) {
  if (node.is(Node::Kind::unknown)) return;
  if (ports.empty()) {
    findings_.add(
        node.mark,
        owner_ + " has `" + key + "`, but `" + stage_->task_name + "` has no " + key + "s",
        "remove it");
    return;
  }
  if (node.is(Node::Kind::list)) return use(node, std::uint16_t{0});
  if (!node.is(Node::Kind::map)) {
    findings_.add(
        node.mark,
        "`" + std::string(key) + "` of " + owner_ + " is " + in_words(node) + ", not a list",
        "such as [1, 2, 3]");
    return;
  }
  std::vector<std::string> names;
  for (const PortDescription& port : ports) {
    names.push_back(port.name.empty() ? "main" : port.name);
  }
  for (const Entry& entry : node.entries) {
    const auto name = std::find(names.begin(), names.end(), entry.key.value);
    if (name == names.end()) {
      const std::string near = did_you_mean(entry.key.value, names);
      findings_.add(entry.key.mark,
                    "`" + stage_->task_name + "` has no " + key + ' ' + ticked(entry.key.value),
                    near.empty() ? "it has " + word_list(names) : near);
    } else if (!entry.value.is(Node::Kind::list)) {
      findings_.add(entry.value.mark, ticked(entry.key.value) + " of `" + key + "` of " + owner_ +
                                          " is " + in_words(entry.value) + ", not a list");
    } else {
      use(entry.value, static_cast<std::uint16_t>(name - names.begin()));
    }
  }
}

void TestPlanner::read_input() {
  const bool source = stage_->task.kind == TaskKind::source;
  if (!spec_.input) {
    if (!source) {
      findings_.add(spec_.name.mark, owner_ + " gives its stage no `input`",
                    "input: [...] are its items");
    }
    return;
  }
  for_each_port(*spec_.input, stage_->task.inputs, "input",
                [&](const Node& list, std::uint16_t port) { read_lines(list, port); });
}

void TestPlanner::read_lines(const Node& list, std::uint16_t port) {
  const auto type = parse_type(stage_->task.inputs[port].type);
  TestPlan::Input input{port, {}};
  for (const Node& item : list.items) {
    const auto line = line_of(item, *type);
    if (line) {
      input.lines.push_back(*line);
    } else {
      findings_.add(item.mark, "an item of " + owner_ + ' ' + line.error().what(),
                    "`" + stage_->task_name + "` takes " + stage_->task.inputs[port].type);
    }
  }
  items_ += list.items.size();
  counted_ = true;
  result_.inputs.push_back(std::move(input));
}

void TestPlanner::read_output() {
  if (!spec_.output) return;
  for_each_port(*spec_.output, stage_->task.outputs, "output",
                [&](const Node& list, std::uint16_t port) { read_values(list, port); });
}

void TestPlanner::read_values(const Node& list, std::uint16_t port) {
  const auto type = parse_type(stage_->task.outputs[port].type);
  TestPlan::Output output{port, {}};
  for (const Node& item : list.items) {
    const auto json = json_of(item, *type);
    if (json) {
      output.values.push_back(*json);
    } else {
      findings_.add(item.mark, "an output of " + owner_ + ' ' + json.error().what(),
                    "`" + stage_->task_name + "` gives " + stage_->task.outputs[port].type);
    }
  }
  result_.outputs.push_back(std::move(output));
}

void TestPlanner::read_faults() {
  const auto& kinds = fault_kinds();
  for (const FaultSpec& fault : spec_.faults) {
    if (!is_there(*fault.item)) continue;
    FaultPlan planned;
    planned.kind = static_cast<FaultKind>(std::find(kinds.begin(), kinds.end(), fault.kind.value) -
                                          kinds.begin());
    planned.item = id_of(fault.item->value);
    planned.times = fault.times ? fault.times->value : 1;
    if (fault.by) planned.by = fault.by->value;
    if (planned.kind == FaultKind::hang && stage_->timeout.count() == 0) {
      findings_.add(fault.kind.mark,
                    "stage " + ticked(stage_->name) +
                        " has no `timeout`: an item that hangs would hang for ever",
                    "`timeout: 10s` at the stage ends it");
    }
    if (planned.kind == FaultKind::oom && plan_.pools[stage_->pool].memory == 0) {
      findings_.add(fault.kind.mark,
                    "the pool of stage " + ticked(stage_->name) +
                        " has no `memory`: an item would take all that the machine has",
                    "`pools: {NAME: {memory: 512MiB}}` sets a limit");
    }
    result_.faults.push_back(std::move(planned));
  }
}

bool TestPlanner::is_there(const Marked<std::uint64_t>& item) {
  if (item.value <= items_) return true;
  const std::string what = owner_ + " speaks of item " + std::to_string(item.value) + ", but ";
  if (stage_->task.kind == TaskKind::source) {
    findings_.add(item.mark, what + "a source is given no items", "remove it");
  } else if (counted_) {
    findings_.add(item.mark, what + "its input has " + std::to_string(items_),
                  "items are counted from 1, through all inputs");
  }
  return false;
}

std::string TestPlanner::id_of(std::uint64_t item) const {
  for (const TestPlan::Input& input : result_.inputs) {
    if (item <= input.lines.size()) {
      return input_name(stage_->task.inputs[input.port]) + ":" + std::to_string(item);
    }
    item -= input.lines.size();
  }
  return {};
}

}  // namespace

std::vector<TestPlan> plan_tests(const Spec& spec, const Plan& plan, Findings& findings) {
  std::vector<TestPlan> tests;
  for (const TestSpec& test : spec.tests) {
    if (auto planned = TestPlanner(test, plan, findings).run()) {
      tests.push_back(std::move(*planned));
    }
  }
  return tests;
}

Plan plan_of(const Plan& plan, const TestPlan& test) {
  Plan result = plan;
  result.stages.clear();
  result.tests.clear();
  StagePlan stage = plan.stages[test.stage];
  stage.from.clear();
  stage.readers.clear();
  stage.instance = 0;
  stage.instances = 1;
  stage.partitioned = false;
  stage.key_field.clear();
  stage.faults = test.faults;
  if (!test.faults.empty()) stage.batch = {};  // an item that a fault is meant for comes alone
  if (stage.timeout.count() == 0) stage.timeout = kPatience;

  const std::size_t place = test.inputs.size();
  for (const TestPlan::Input& input : test.inputs) {
    StagePlan source;
    source.name = input_name(stage.task.inputs[input.port]);
    source.task.kind = TaskKind::source;
    source.task.outputs = {PortDescription{{}, std::string(kLine), {}, {}}};
    source.readers = {Reader{place, static_cast<std::uint16_t>(stage.from.size()), 0}};
    stage.from.push_back(Edge{result.stages.size(), 0, input.port, std::string(kLine)});
    result.stages.push_back(std::move(source));
  }
  std::vector<StagePlan> sinks;
  for (std::uint16_t i = 0; i < stage.task.outputs.size(); ++i) {
    StagePlan sink;
    sink.name = "output " + std::to_string(i);
    sink.task.kind = TaskKind::sink;
    sink.from = {Edge{place, i, 0, stage.task.outputs[i].type}};
    stage.readers.push_back(Reader{place + 1 + i, 0, i});
    sinks.push_back(std::move(sink));
  }
  result.stages.push_back(std::move(stage));
  std::move(sinks.begin(), sinks.end(), std::back_inserter(result.stages));
  return result;
}

}  // namespace penstock
