// Any bytes as a pipeline file: read, checked and planned without a crash, a hang or a finding that
// cannot be printed. What the file asks for from outside is answered from the bytes alone.
#include <penstock/plugin.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/utf8.hpp"
#include "plan/planner.hpp"
#include "spec/load.hpp"

namespace {

using namespace penstock;

TaskDescription task(std::string name, TaskKind kind) {
  TaskDescription result;
  result.name = std::move(name);
  result.kind = kind;
  if (kind != TaskKind::source) result.inputs.push_back({"", "any", "", 0});
  if (kind != TaskKind::sink) result.outputs.push_back({"", "record{a:text,b:int}", "", 0});
  if (kind == TaskKind::transform) {
    result.outputs.push_back({"rejects", "text", "", PENSTOCK_PORT_KEYLESS});
    result.flags = PENSTOCK_TAKES_BATCH;
  }
  if (kind == TaskKind::stateful) result.flags = PENSTOCK_HAS_SNAPSHOT;
  for (std::uint32_t param = 1; param <= 7; ++param) {
    ParamDescription description;
    description.name = std::string(1, static_cast<char>('a' + param - 1));
    description.kind = param;
    description.flags = param % 2 == 0 ? 2 : 24;  // a list, or with a range
    description.maximum = 10;
    description.choices = {"one", "two"};
    result.params.push_back(std::move(description));
  }
  return result;
}

Offer make_offer() {
  PluginDescription p;
  p.name = "p";
  p.tasks = {task("r", TaskKind::source), task("t", TaskKind::transform),
             task("s", TaskKind::stateful), task("j", TaskKind::stateful),
             task("w", TaskKind::sink)};
  p.tasks[3].inputs = {{"left", "text", "", 0}, {"right", "any", "", 0}};
  Offer offer;
  PluginDescription exec;
  exec.name = "exec";
  exec.tasks = {task("run", TaskKind::transform)};
  offer.plugins.emplace("p", p);
  offer.plugins.emplace("exec", exec);
  offer.problems = {{"bad", "no plugin"}};
  offer.searched = {"/lib"};
  offer.known = {"p", "bad"};
  return offer;
}

void require(bool holds) {
  if (!holds) std::abort();
}

// What a run takes for granted of a plan.
void check(const Plan& plan, const Spec& spec) {
  std::size_t stages = 0;
  std::size_t callbacks = 0;
  for (std::size_t i = 0; i < plan.stages.size(); ++i) {
    const StagePlan& stage = plan.stages[i];
    require(stage.pool < plan.pools.size() && stage.plugin < plan.plugins.size());
    require(stage.instance < stage.instances && stage.batch.items >= 1);
    require(callbacks == 0 || stage.callback);  // which stand behind all others
    if (stage.callback) {
      ++callbacks;
      require(stage.from.empty() && stage.readers.empty());
      for (const std::size_t other : stage.callback->stages) require(other < i);
      continue;
    }
    if (stage.instance == 0) ++stages;
    require(stage.instance == 0 || plan.stages[i - 1].instance + 1 == stage.instance);
    for (const Edge& edge : stage.from) {
      require(edge.from < i && edge.input < stage.task.inputs.size());
      require(edge.output == kFailedOutput ||
              edge.output < plan.stages[edge.from].task.outputs.size());
    }
    for (const Reader& reader : stage.readers) {
      require(reader.stage < plan.stages.size() && plan.stages[reader.stage].instance == 0);
      const Edge& edge = plan.stages[reader.stage].from.at(reader.edge);
      require(edge.from == i && edge.output == reader.output);
    }
  }
  require(stages == spec.stages.size() && callbacks == spec.callbacks.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Offer offer = make_offer();
  LoadOptions options;
  options.overrides = {{"SET", "${X}"}};
  options.environment = [](const std::string& name) {
    return name.size() % 2 == 0 ? std::optional(name) : std::nullopt;
  };
  Loaded loaded =
      load_spec_text("fuzz.yaml", std::string(reinterpret_cast<const char*>(data), size), options);
  if (loaded.complete) {
    PlanOptions machine;
    machine.cores = 2;
    machine.memory = 1u << 30;
    machine.cpus = {0, 1};
    machine.under = {{"r", {"gdb"}}};
    Planned planned = make_plan(loaded.spec, offer, machine);
    if (loaded.findings.empty() && planned.findings.empty()) check(planned.plan, loaded.spec);
    loaded.findings = merged(std::move(loaded.findings), std::move(planned.findings));
  } else {
    require(!loaded.findings.empty());
  }
  const std::string text = to_text(loaded.findings);
  require(valid_utf8(text) == text.size());
  for (const Finding& finding : loaded.findings) require(finding.caret <= finding.excerpt.size());
  return 0;
}
