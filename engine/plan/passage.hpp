// One edge, looked at from both ends: whether the reader's input takes what comes, and whether the
// reader can tell by it which instance it belongs to. Pure; one thread.
#pragma once

#include <cstdint>

#include "plugin/descriptor.hpp"
#include "spec/finding.hpp"
#include "spec/spec.hpp"

namespace penstock {

// Refers to the spec and to descriptions.
struct Passage {
  const StageSpec& giver;
  const TaskDescription& giving;
  std::uint16_t output;
  const StageSpec& reader;
  const TaskDescription& taking;
  std::uint16_t input;
  const EdgeSpec& edge;
};

// A finding where the types do not match.
void check_type(const Passage& passage, Findings& findings);

// A finding where the reader is partitioned, and what comes has not what it is partitioned by.
void check_key(const Passage& passage, Findings& findings);

}  // namespace penstock
