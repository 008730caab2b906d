// Spec, plan and options -> Explanation: the one place that knows under which key of the file each
// value of a plan stands. A pure function.
#pragma once

#include <string>

#include "penstock/explanation.hpp"
#include "penstock/pipeline.hpp"
#include "plan/plan.hpp"
#include "spec/spec.hpp"

namespace penstock {

// `plan` was made from `spec`, with these options.
Explanation explain(const Spec& spec, const Plan& plan, const PipelineOptions& options);

}  // namespace penstock
