// The options by which every command that reads a pipeline file is told the same: FILE, --set,
// --vars, --plugin-path, and those of the plan. Lives as long as the Options that it declares in.
#pragma once

#include <string>
#include <vector>

#include "cli/options.hpp"
#include "penstock/pipeline.hpp"

namespace penstock {

class PipelineWords {
 public:
  PipelineWords(Options& options, std::string& file);

  void declare_processes(Options& options);
  void declare_attempts(Options& options);
  void declare_outputs(Options& options);
  void declare_under(Options& options);

  // After Options::read. Throws Error with Status::refused for a command that cannot be split.
  PipelineOptions take();
  // The same words again, for another command that reads the same file.
  Words words() const;

 private:
  PipelineOptions pipeline_;
  std::vector<Assignment> set_;
  std::vector<Assignment> under_;
};

// True: there are some, and the command is refused.
bool tell_findings(const Pipeline& pipeline);

}  // namespace penstock
