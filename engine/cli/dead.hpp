// penstock dead list|show: items that were given up, and why, on standard output: as a table, one
// with all that is known of it, or as JSON, one object a line.
#pragma once

#include <string>

#include "cli/options.hpp"
#include "penstock/dead_letters.hpp"
#include "penstock/error.hpp"

namespace penstock {

struct DeadCommand {
  std::string what;  // list, show
  std::string file;
  std::string item;  // show: its id
  std::string state;
  bool json = false;

  std::optional<std::string> read(const Words& words);
  // Status::refused if there is no such item.
  Status perform() const;
};

// "chunks:17  counts  3  killed by SIGSEGV (segmentation fault)": item, stage, attempts, last
// cause.
std::string line_of(const DeadItem& item);
// All of it, in lines.
std::string text_of(const DeadItem& item);

}  // namespace penstock
