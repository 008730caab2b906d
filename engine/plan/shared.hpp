// What stands under `shared`, with all that is known of it: what the file says, and what the tasks
// that take an object as a parameter say. Pure; one thread.
#pragma once

#include <vector>

#include "plan/plan.hpp"
#include "spec/finding.hpp"
#include "spec/spec.hpp"

namespace penstock {

// Findings where a task names an object that is not there, or that is not what it takes. `stages`
// are those of the plan, with those of its callbacks.
std::vector<SharedPlan> plan_shared(const Spec& spec, const std::vector<StagePlan>& stages,
                                    Findings& findings);

}  // namespace penstock
