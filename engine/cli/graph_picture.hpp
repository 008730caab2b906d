// The graph of a pipeline as a text: boxes and lines where they fit into the width, with as much in
// a box as there is room for, else a list. Pure functions.
#pragma once

#include <cstddef>
#include <string>

#include "penstock/explanation.hpp"

namespace penstock {

struct GraphLook {
  std::size_t columns = 80;
  bool ascii = false;  // no characters beyond ASCII
};

// Lines of at most so many columns, but where a single name is longer.
std::string graph_picture(const Explanation& explanation, const GraphLook& look);

// What is to be known of a stage besides its name and task: "x4", "pool heavy"; may be empty.
std::vector<std::string> stage_notes(const ExplainedStage& stage);

}  // namespace penstock
