// One entry of `stages` -> StageSpec. What cannot be read has a finding and is absent; the stage
// itself is always there, for those that read from it.
#pragma once

#include "spec/finding.hpp"
#include "spec/spec.hpp"

namespace penstock {

StageSpec read_stage(const Entry& entry, Findings& findings);

}  // namespace penstock
