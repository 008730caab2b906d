// The stages of a file -> those of a plan: in the order of their edges, each partitioned one once
// for each of its instances. Pure; one thread.
#pragma once

#include <vector>

#include "plan/plan.hpp"
#include "plan/wiring.hpp"
#include "spec/finding.hpp"
#include "spec/spec.hpp"

namespace penstock {

// `stages` are the spec's, in its order, complete but for their edges. Those of cycles, and those
// behind them, are left out. Findings for graphs that become too large.
std::vector<StagePlan> assemble(const Spec& spec, const Wiring& wiring,
                                std::vector<StagePlan> stages, Findings& findings);

}  // namespace penstock
