// Items that a run has given up, once more: a run of its own, with the engine as their source, and
// what it changes in the journal of the run that gave them up. Belongs to the thread that calls.
#pragma once

#include <filesystem>

#include "penstock/pipeline.hpp"
#include "plan/plan.hpp"

namespace penstock {

// `trial`: outputs lie elsewhere, and the journal stays as it is. Throws Error.
Report run_replay(const std::filesystem::path& state_folder, const Plan& plan, bool trial,
                  const ReplayOptions& options);

}  // namespace penstock
