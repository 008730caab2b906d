// The parameters that a stage or callback sets, held against those that its task declares. Pure;
// one thread.
#pragma once

#include <string>
#include <vector>

#include "plugin/descriptor.hpp"
#include "spec/finding.hpp"
#include "spec/spec.hpp"

namespace penstock {

// A task at its place in a file. Refers to the spec.
struct TaskUse {
  std::string user;  // "stage `a`"
  const Marked<std::string>& task;
  const std::vector<Entry>& with;
  bool with_readable = true;  // false: some of `with` could not be read
};

// Those that are as they should be, with findings for all others and for those that are missing.
// Values of secret parameters are added to `secrets`.
std::vector<Argument> read_arguments(const TaskUse& use, const TaskDescription& task,
                                     std::vector<std::string>& secrets, Findings& findings);

}  // namespace penstock
