// The parameters that a stage sets, held against those that its task declares. Pure; one thread.
#pragma once

#include <vector>

#include "plugin/descriptor.hpp"
#include "spec/finding.hpp"
#include "spec/spec.hpp"

namespace penstock {

// Those that are as they should be, with findings for all others and for those that are missing.
// Values of secret parameters are added to `secrets`.
std::vector<Argument> read_arguments(const StageSpec& stage, const TaskDescription& task,
                                     std::vector<std::string>& secrets, Findings& findings);

}  // namespace penstock
