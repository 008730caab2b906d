// The entries of `callbacks` -> hidden stages, which no other feeds. Pure; one thread.
#pragma once

#include <string>
#include <vector>

#include "plan/plan.hpp"
#include "plan/pools.hpp"
#include "plan/task_table.hpp"
#include "spec/finding.hpp"
#include "spec/spec.hpp"

namespace penstock {

// Adds a stage for each callback behind those that are in `stages`, and its pool to `pools`.
void plan_callbacks(const Spec& spec, const TaskTable& tasks, Pools& pools,
                    std::vector<StagePlan>& stages, std::vector<std::string>& secrets,
                    Findings& findings);

}  // namespace penstock
