// The end of what a person reads of a run: why it stopped early, what became of callbacks, of items
// that were skipped or handled, where the dead letters are, and last the account. A pure function.
#pragma once

#include <string>

#include "penstock/report.hpp"

namespace penstock {

// Lines, each with its end; the last one is summary_line(report). `show`: the command that shows
// the dead letters.
std::string closing_text(const Report& report, const std::string& show);

}  // namespace penstock
