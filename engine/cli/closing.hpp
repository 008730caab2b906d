// The end of what a person reads of a run: why it stopped early, what became of callbacks, of items
// that were skipped or handled, where the dead letters are, which files stand there unfinished, and
// last the account. A pure function.
#pragma once

#include <string>

#include "penstock/report.hpp"

namespace penstock {

// Lines, each with its end; the last one is summary_line(report). `show`: the command that shows
// the dead letters; `go_on`: the one, or its option, that goes on with a run that was stopped.
std::string closing_text(const Report& report, const std::string& show,
                         const std::string& go_on = {});

}  // namespace penstock
