// A look at what the sources of a run read, before the run goes on: each is opened where it stood,
// in a process of its own, and closed again. No item is taken, and nothing is written.
#pragma once

#include <string>
#include <vector>

#include "plan/plan.hpp"
#include "state/journal_file.hpp"

namespace penstock {

// Why sources cannot go on from the places in the journal, a text each. Throws Error where there
// can be no look.
std::vector<std::string> troubles_of_sources(const Plan& plan, const JournalContent& content);

}  // namespace penstock
