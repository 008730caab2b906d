// A plugin `p` with a task of each kind, and plans made of texts with them, for the tests of
// planning.
#pragma once

#include <penstock/plugin.h>

#include <string>
#include <vector>

#include "catch.hpp"
#include "plan/planner.hpp"
#include "spec/load.hpp"

namespace penstock {

inline TaskDescription task_of_kind(std::string name, TaskKind kind) {
  TaskDescription result;
  result.name = std::move(name);
  result.kind = kind;
  if (kind != TaskKind::source) result.inputs.push_back({"", "text", "", 0});
  if (kind != TaskKind::sink) result.outputs.push_back({"", "text", "", 0});
  if (kind == TaskKind::stateful) result.flags = PENSTOCK_HAS_SNAPSHOT;
  return result;
}

inline Offer offer_of_kinds() {
  PluginDescription p;
  p.name = "p";
  p.path = "/lib/libp.so";
  p.tasks = {task_of_kind("read", TaskKind::source),     task_of_kind("work", TaskKind::transform),
             task_of_kind("split", TaskKind::transform), task_of_kind("many", TaskKind::transform),
             task_of_kind("sum", TaskKind::stateful),    task_of_kind("join", TaskKind::stateful),
             task_of_kind("fan", TaskKind::stateful),    task_of_kind("any", TaskKind::stateful),
             task_of_kind("save", TaskKind::sink)};
  p.tasks[2].outputs.push_back({"rejects", "int", "", 0});
  p.tasks[3].flags = PENSTOCK_TAKES_BATCH;
  p.tasks[5].inputs = {{"left", "text", "", 0}, {"right", "any", "", 0}};
  for (int i = 0; i < 19; ++i) {
    p.tasks[6].outputs.push_back({"o" + std::to_string(i), "text", "", 0});
  }
  p.tasks[7].inputs[0].type = p.tasks[8].inputs[0].type = "any";
  PluginDescription exec;
  exec.name = "exec";
  exec.path = "/lib/libexec.so";
  exec.tasks = {task_of_kind("run", TaskKind::transform)};
  exec.tasks[0].inputs[0].type = "any";
  Offer result;
  result.plugins.emplace("p", p);
  result.plugins.emplace("exec", exec);
  return result;
}

inline PlanOptions four_cores() {
  PlanOptions options;
  options.cores = 4;
  options.memory = 1u << 30;
  return options;
}

inline Planned plan_text(const std::string& text, const PlanOptions& options = four_cores()) {
  const Loaded loaded = load_spec_text("a.yaml", "pipeline: a\n" + text);
  REQUIRE(to_text(loaded.findings).empty());
  return make_plan(loaded.spec, offer_of_kinds(), options);
}

inline Plan good_plan(const std::string& text, const PlanOptions& options = four_cores()) {
  Planned planned = plan_text(text, options);
  REQUIRE(to_text(planned.findings).empty());
  return std::move(planned.plan);
}

inline std::vector<std::string> stage_names(const Plan& plan) {
  std::vector<std::string> names;
  for (const StagePlan& stage : plan.stages) names.push_back(stage.name);
  return names;
}

}  // namespace penstock
