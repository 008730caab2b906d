// What a person sees of a run while it goes on: a report as lines of text. Pure functions, any
// thread. Nothing in them is wider than the room that there is.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "observe/rates.hpp"
#include "observe/stage_table.hpp"
#include "observe/terminal.hpp"
#include "penstock/observer.hpp"
#include "penstock/report.hpp"

namespace penstock {

// The table of the stages, below it the account, and what callbacks do if there are any:
//
//   time=8.0s left=21s in=1024 done=800 dead=3 pending=221
//   callbacks: called=800 waiting=14 failed=2
std::vector<Row> block(const Report& report, const Rates& rates, const Look& look);

// Seconds until all items are done, if their number is known and they get done at all.
std::optional<double> seconds_left(const Report& report, const Rates& rates);

// One line for a log: "progress: time=5.0s in=12 done=9 dead=1 pending=2 rate=1.8/s queued: b=2".
// Named are the stages where most waits.
std::string progress_line(const Report& report, const Rates& rates);

// A line of the engine or of a worker, for a person: what it is worth in front, nothing that a
// terminal would act upon, further lines set in. Ends with a line end.
std::string log_line(Level level, const std::string& text, bool colour);

}  // namespace penstock
