// What a stage says of its calls, its queue and its worker -> the same in a plan, with every value
// filled in. Pure; one thread.
#pragma once

#include "plan/plan.hpp"
#include "spec/finding.hpp"
#include "spec/spec.hpp"

namespace penstock {

// All of `plan` that depends on one stage alone. `task` may be null.
void plan_policies(const StageSpec& stage, const TaskDescription* task, StagePlan& plan,
                   Findings& findings);

// Findings for keys that would do nothing at a task of this kind, and for a death that nobody could
// make good.
void check_kind(const StageSpec& stage, const TaskDescription& task, Findings& findings);

}  // namespace penstock
