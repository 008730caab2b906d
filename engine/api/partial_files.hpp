// Which unfinished files a run that was stopped has left where its outputs go: PATH.partial of each
// file that a sink says it writes. Looks at names alone, at the end of a run; any thread.
#pragma once

#include <string>
#include <vector>

#include "penstock/error.hpp"
#include "plan/plan.hpp"

namespace penstock {

// By a status that says that items may be pending.
bool was_stopped(Status status);

// Those that are there, in the order of the stages. Where a path is a template ("out/{n}.txt"), the
// folder that it names is searched, and what stands below that; no more than 10,000 entries, so
// that a run ends in time.
std::vector<std::string> partial_files(const Plan& plan);

}  // namespace penstock
