// penstock graph FILE: the stages of a pipeline and who reads from whom, drawn on standard output
// or in a form that other programs draw. The findings go to standard error, if there are any.
// Nothing is run.
#pragma once

#include <cstddef>
#include <string>

#include "cli/options.hpp"
#include "penstock/pipeline.hpp"

namespace penstock {

enum class GraphFormat { text, mermaid, dot };

struct GraphCommand {
  std::string file;
  PipelineOptions pipeline;
  GraphFormat format = GraphFormat::text;
  bool ascii = false;

  std::optional<std::string> read(const Words& words);
  Status perform() const;
};

}  // namespace penstock
