// `tests` of a file -> those of a plan: what each gives to its stage and expects of it, read as the
// stage's task declares it. Pure; one thread.
#pragma once

#include <vector>

#include "plan/plan.hpp"
#include "spec/finding.hpp"
#include "spec/spec.hpp"

namespace penstock {

// `plan` has its stages. Findings for what does not fit them.
std::vector<TestPlan> plan_tests(const Spec& spec, const Plan& plan, Findings& findings);

// The plan of one test: its inputs as sources that the engine itself is, the stage, a sink of the
// engine's for each output of its task, in this order.
Plan plan_of(const Plan& plan, const TestPlan& test);

}  // namespace penstock
