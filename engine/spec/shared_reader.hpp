// Reads one entry under `shared`: an object that tasks of all stages share. Pure; one thread.
#pragma once

#include "spec/finding.hpp"
#include "spec/spec.hpp"

namespace penstock {

SharedSpec read_shared(const Entry& entry, Findings& findings);

}  // namespace penstock
