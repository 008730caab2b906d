#include "plan/planner.hpp"

#include <algorithm>

#include "base/suggest.hpp"
#include "plan/arguments.hpp"
#include "plan/assembly.hpp"
#include "plan/callbacks.hpp"
#include "plan/policies.hpp"
#include "plan/pools.hpp"
#include "plan/redirection.hpp"
#include "plan/shared.hpp"
#include "plan/task_table.hpp"
#include "plan/tests.hpp"
#include "plan/wiring.hpp"

namespace penstock {
namespace {

// What the command line says of stages, which has no place in the file.
void check_under(const Spec& spec, const PlanOptions& options, Findings& findings) {
  std::vector<std::string> names;
  for (const StageSpec& stage : spec.stages) names.push_back(stage.name.value);
  for (const auto& [stage, command] : options.under) {
    if (std::find(names.begin(), names.end(), stage) == names.end()) {
      const std::string near = did_you_mean(stage, names);
      findings.add_option("--under", "there is no stage " + ticked(stage),
                          near.empty() ? "the stages are " + word_list(names) : near);
    } else if (command.empty()) {
      findings.add_option("--under", "stage " + ticked(stage) + " is to run under nothing",
                          "such as --under " + stage + "='gdb --args'");
    }
  }
}

StagePlan plan_stage(const StageSpec& stage, const TaskDescription* task, Plan& plan,
                     Findings& findings) {
  StagePlan result;
  result.name = stage.name.value;
  result.task_name = stage.task.value;
  plan_policies(stage, task, result, findings);
  if (task == nullptr) return result;
  result.task = *task;
  const TaskUse use{"stage " + ticked(stage.name.value), stage.task, stage.with,
                    stage.with_readable};
  result.arguments = read_arguments(use, *task, plan.secrets, findings);
  check_kind(stage, *task, findings);
  return result;
}

void redirect(StagePlan& stage, const PlanOptions& options, Findings& findings) {
  if (redirect_outputs(stage, options.outputs)) return;
  findings.add_option("--outputs",
                      "stage " + ticked(stage.name) + " (" + stage.task_name +
                          ") writes no file that could lie elsewhere",
                      "its task says which file it writes with `output_file`; see "
                      "docs/writing-plugins.md");
}

}  // namespace

Planned make_plan(const Spec& spec, const Offer& offer, const PlanOptions& options) {
  Findings findings(spec.sources);
  Plan plan;
  plan.pipeline = spec.pipeline.value;
  plan.memory = spec.memory ? spec.memory->value : options.memory;
  plan.every_epoch_synced = spec.durability && spec.durability->value == "full";
  plan.checksum = spec.checksum && spec.checksum->value;
  plan.secrets = spec.secrets;

  check_under(spec, options, findings);
  const TaskTable table(spec, offer, findings);
  Pools pools(spec, options, findings);
  StageTasks tasks;
  std::vector<StagePlan> stages;
  for (const StageSpec& stage : spec.stages) {
    std::size_t plugin = 0;
    tasks.push_back(table.find(stage.task, plugin));
    stages.push_back(plan_stage(stage, tasks.back(), plan, findings));
    stages.back().plugin = plugin;
    stages.back().pool = pools.of(stage);
    if (!options.outputs.empty()) redirect(stages.back(), options, findings);
    if (options.attempts > 0) {
      RetryPolicy& retry = stages.back().retry;
      retry.attempts = options.attempts;
      retry.max_backoff = retry.backoff;  // many attempts that wait ever longer would never end
    }
    if (options.under.count(stage.name.value) != 0) {
      stages.back().timeout = std::chrono::milliseconds(0);
    }
  }
  pools.report_unused();
  plan.stages = assemble(spec, wire(spec, tasks, findings), std::move(stages), findings);
  plan_callbacks(spec, table, pools, plan.stages, plan.secrets, findings);
  plan.shared = plan_shared(spec, plan.stages, findings);
  plan.pools = pools.take(plan.stages);
  plan.tests = plan_tests(spec, plan, findings);
  plan.plugins = table.plugins();
  std::vector<Finding> found = findings.take(plan.secrets);
  return {std::move(plan), std::move(found)};
}

}  // namespace penstock
