// penstock dead list|show|replay: items that were given up, and why, on standard output: as a
// table, one with all that is known of it, or as JSON, one object a line; or they are run again, as
// `run` would, whose last line and status it has.
#pragma once

#include <string>

#include "cli/options.hpp"
#include "penstock/dead_letters.hpp"
#include "penstock/error.hpp"
#include "penstock/pipeline.hpp"

namespace penstock {

struct DeadCommand {
  std::string what;  // list, show, replay
  std::string file;
  std::string item;  // show: its id
  Words items;       // replay: theirs; none: all
  std::string state;
  bool json = false;
  PipelineOptions pipeline;  // replay
  bool gdb = false;          // replay: one item, in a debugger

  std::optional<std::string> read(const Words& words);
  // Status::refused if there is no such item.
  Status perform() const;

 private:
  std::optional<std::string> read_replay(const Words& words);
  Status show() const;
  Status replay() const;
  std::string state_words() const;
};

// "chunks:17  counts  3  killed by SIGSEGV (segmentation fault)": item, stage, attempts, last
// cause.
std::string line_of(const DeadItem& item);
// All of it, in lines.
std::string text_of(const DeadItem& item);

}  // namespace penstock
