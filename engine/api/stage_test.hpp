// One test of a pipeline file: a run of its own, of the stage alone, with the engine as its sources
// and sinks, and what came of it held against what was expected. Belongs to the thread that calls.
#pragma once

#include "penstock/pipeline.hpp"
#include "plan/plan.hpp"

namespace penstock {

TestReport run_stage_test(const Plan& plan, const TestPlan& test);

}  // namespace penstock
