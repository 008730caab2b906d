// Node -> Spec: which keys there are, where, and of which type. Variables are replaced already.
#pragma once

#include "spec/finding.hpp"
#include "spec/node.hpp"
#include "spec/spec.hpp"

namespace penstock {

// Fills all of `spec` but its sources and secrets. `complete`: the file was read to its end, so
// that what is absent is missing.
void read_spec(const Node& root, bool complete, Spec& spec, Findings& findings);

}  // namespace penstock
