// Pipeline file -> Spec and findings. Reads the file, the file of --vars and those of ${file:…};
// nothing else. Never throws for what a file holds.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "spec/finding.hpp"
#include "spec/spec.hpp"
#include "spec/variables.hpp"

namespace penstock {

struct LoadOptions {
  std::vector<std::pair<std::string, std::string>> overrides;  // of --set; the last one of a name
  std::filesystem::path vars_file;                             // of --vars; empty: none
  Environment environment;                                     // empty: that of this process
};

struct Loaded {
  Spec spec;  // what could be read; whatever has a finding is absent
  std::vector<Finding> findings;
  // Whether the file was read to its end. Then the spec is worth checking against plugins even if
  // there are findings; else what it lacks may only not have been read.
  bool complete = true;
};

Loaded load_spec(const std::filesystem::path& file, const LoadOptions& options = {});

// The same for a text at hand; `name` stands for the file's in findings.
Loaded load_spec_text(std::string name, std::string text, const LoadOptions& options = {});

}  // namespace penstock
