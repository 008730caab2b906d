// The objects under `shared` of a plan, made for one run: every worker gets them, and they end with
// the last process that has them.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "plan/plan.hpp"
#include "run/caller.hpp"

namespace penstock {

// Fails with `lack` where there is no memory for one, or no descriptors.
Result<CarriedObjects> make_shared_objects(const std::vector<SharedPlan>& plans);

}  // namespace penstock
