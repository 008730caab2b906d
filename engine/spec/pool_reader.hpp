// One entry of `pools` -> PoolSpec. What cannot be read has a finding and is absent.
#pragma once

#include "spec/finding.hpp"
#include "spec/spec.hpp"

namespace penstock {

PoolSpec read_pool(const Entry& entry, Findings& findings);

}  // namespace penstock
