// The edges between stages: who reads whom, and whether that makes sense. Pure; one thread.
#pragma once

#include <string>
#include <vector>

#include "plan/graph.hpp"
#include "plugin/descriptor.hpp"
#include "spec/finding.hpp"
#include "spec/spec.hpp"

namespace penstock {

// The task of each stage; null where it is not known, which has its finding.
using StageTasks = std::vector<const TaskDescription*>;

// The graph of the stages, numbered as in the spec, with findings for edges to nowhere, cycles,
// kinds that cannot stand where they stand, outputs that nobody reads and types that do not match.
Graph wire(const Spec& spec, const StageTasks& tasks, Findings& findings);

// "a source", "a stateful task".
std::string kind_in_words(TaskKind kind);

// The port without a name; null if there is none.
const PortDescription* main_output(const TaskDescription& task);

}  // namespace penstock
