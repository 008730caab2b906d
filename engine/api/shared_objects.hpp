// The objects under `shared` of a plan, made for one run: every worker gets them, and they end with
// the last process that has them.
#pragma once

#include <vector>

#include "api/engine.hpp"
#include "base/result.hpp"
#include "plan/plan.hpp"
#include "run/caller.hpp"
#include "run/run.hpp"

namespace penstock {

// Fails with `lack` where there is no memory for one, or no descriptors.
Result<CarriedObjects> make_shared_objects(const std::vector<SharedPlan>& plans);

// The same for a run of this plan, with what takes back what a dead worker held.
Result<void> share_objects(const Plan& plan, Engine& engine, RunSetup& setup);

}  // namespace penstock
