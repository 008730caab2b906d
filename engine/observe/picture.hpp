// What a person sees of a run while it goes on: a report as lines of text. Pure functions, any
// thread. Nothing in them is wider than the room that there is.
#pragma once

#include <string>
#include <vector>

#include "observe/rates.hpp"
#include "observe/terminal.hpp"
#include "penstock/observer.hpp"
#include "penstock/report.hpp"

namespace penstock {

struct Row {
  std::string text;       // may hold colours
  std::size_t width = 0;  // columns that it takes on the screen
};

// The table of the stages under its heading. With too few columns the less telling ones are left
// out, with too few rows the stages that have ended, then the last ones; a row says how many.
//
//   stage      done     rate  queued  running  dead
//   chunks     1024    120/s       0        1     0
std::vector<Row> stage_table(const Report& report, const Rates& rates, const Look& look);

// The same, and below it the account.
std::vector<Row> block(const Report& report, const Rates& rates, const Look& look);

// One line for a log: "progress: time=5.0s in=12 done=9 dead=1 pending=2 rate=1.8/s queued: b=2".
// Named are the stages where most waits.
std::string progress_line(const Report& report, const Rates& rates);

// A line of the engine or of a worker, for a person: what it is worth in front, nothing that a
// terminal would act upon, further lines set in. Ends with a line end.
std::string log_line(Level level, const std::string& text, bool colour);

}  // namespace penstock
