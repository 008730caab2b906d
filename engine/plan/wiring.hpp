// The edges between stages: who reads whom, and whether that makes sense. Pure; one thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plan/graph.hpp"
#include "plan/outputs.hpp"
#include "plugin/descriptor.hpp"
#include "spec/finding.hpp"
#include "spec/spec.hpp"

namespace penstock {

// What comes into a stage; stages are numbered as in the spec.
struct Wire {
  std::size_t from = 0;
  std::uint16_t output = 0;
  std::uint16_t input = 0;
  std::string type;
};

struct Wiring {
  Graph graph;
  std::vector<std::vector<Wire>> into;  // of each stage, in the order of its `from`
};

// With findings for edges to nowhere, cycles, kinds that cannot stand where they stand, inputs that
// nothing feeds, outputs that nobody reads, types that do not match and keys that nobody gives.
Wiring wire(const Spec& spec, const StageTasks& tasks, Findings& findings);

// "a source", "a stateful task".
std::string kind_in_words(TaskKind kind);

}  // namespace penstock
