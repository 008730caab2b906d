// penstock test FILE: makes the tests that the file has, each a run of one stage, and says on
// standard output what each came to. Status::dead: one of them is not as it says.
#pragma once

#include <string>

#include "cli/options.hpp"
#include "penstock/error.hpp"
#include "penstock/pipeline.hpp"

namespace penstock {

struct TestCommand {
  std::string file;
  PipelineOptions pipeline;
  Words only;
  bool json = false;

  std::optional<std::string> read(const Words& words);
  Status perform() const;
};

// "ok    NAME (0.02 s)", or FAILED and what is not as it should be, in lines.
std::string text_of(const TestReport& report);

}  // namespace penstock
