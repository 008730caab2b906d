// The graph of a pipeline for other programs to draw. Names are escaped. Pure functions.
#pragma once

#include <string>

#include "penstock/explanation.hpp"

namespace penstock {

// A flow chart of Mermaid (https://mermaid.js.org), as Markdown pages can hold it.
std::string graph_mermaid(const Explanation& explanation);

// A digraph of Graphviz.
std::string graph_dot(const Explanation& explanation);

}  // namespace penstock
