// `callbacks` -> CallbackSpec, one for each entry, in the file's order. What cannot be read has a
// finding and is absent.
#pragma once

#include <vector>

#include "spec/finding.hpp"
#include "spec/spec.hpp"

namespace penstock {

std::vector<CallbackSpec> read_callbacks(const Node& callbacks, Findings& findings);

}  // namespace penstock
