// penstock run FILE. Says on standard error what the run came to; its last line is the account. A
// run that is refused before it began has none: what stands there is the reason. The status is the
// run's, and Status::lack if only the file of --summary could not be written. A dry run checks all
// that a run would, says on standard output what that would be, and touches nothing.
#pragma once

#include <string>

#include "cli/options.hpp"
#include "observe/progress.hpp"
#include "penstock/pipeline.hpp"

namespace penstock {

struct RunCommand {
  std::string file;
  PipelineOptions pipeline;
  std::string state;
  bool resume = false;
  bool fresh = false;
  bool force = false;
  std::uint64_t limit = 0;
  ProgressStyle progress = ProgressStyle::automatic;
  std::string summary;
  bool dry_run = false;

  // The text for --help, if the words ask for it.
  std::optional<std::string> read(const Words& words);
  Status perform() const;
};

}  // namespace penstock
