// penstock check FILE: the findings on standard error, or one line on standard output that there
// are none. Nothing is run.
#pragma once

#include <string>

#include "cli/options.hpp"
#include "penstock/pipeline.hpp"

namespace penstock {

struct CheckCommand {
  std::string file;
  PipelineOptions pipeline;

  std::optional<std::string> read(const Words& words);
  Status perform() const;
};

}  // namespace penstock
