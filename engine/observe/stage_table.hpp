// The stages of a run as a table for a terminal, a line each under a heading. With too few columns
// the less telling ones are left out, with too few rows the less busy stages, and that is said.
// Pure functions, any thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "observe/rates.hpp"
#include "observe/terminal.hpp"
#include "penstock/report.hpp"

namespace penstock {

struct Row {
  std::string text;       // may hold colours
  std::size_t width = 0;  // columns that it takes on the screen
};

// While it runs, in at most `rows` rows:
//
//   stage                     done     rate  queued  running  workers  dead
//   chunks  ━━━━━━━━━━╸  92%   944    128/s       -        1        1     0
//   counts                     900    112/s     119        4        4     3
std::vector<Row> running_table(const Report& report, const Rates& rates, const Look& look,
                               std::size_t rows);

// What each stage came to, once it is over.
std::vector<Row> final_table(const Report& report, const Look& look, std::size_t rows);

}  // namespace penstock
