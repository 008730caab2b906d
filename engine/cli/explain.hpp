// penstock explain FILE: every value of a pipeline and where it comes from, on standard output;
// with
// --resume, what a run that goes on would do again, and why. The findings go to standard error, if
// there are any. Nothing is run.
#pragma once

#include <string>

#include "cli/options.hpp"
#include "penstock/pipeline.hpp"

namespace penstock {

struct ExplainCommand {
  std::string file;
  PipelineOptions pipeline;
  bool resume = false;
  std::string state;
  bool json = false;

  std::optional<std::string> read(const Words& words);
  Status perform() const;
};

}  // namespace penstock
