// The lines between two layers of a drawn graph: which row each one runs along, so that no two
// cover each other. Pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "cli/graph_layout.hpp"

namespace penstock {

// Lines that are drawn as one: every one of its sources leads to every one of its targets.
struct Bus {
  std::vector<std::size_t> sources;  // columns, ascending
  std::vector<std::size_t> targets;
  std::size_t row = 0;  // that it runs along

  bool straight() const { return sources.size() == 1 && sources == targets; }
  std::size_t left() const;
  std::size_t right() const;
};

struct Routes {
  std::vector<Bus> buses;
  std::size_t rows = 0;
};

// Of the links that leave this layer. Nothing where lines cannot be kept apart.
std::optional<Routes> route(const GraphLayout& layout, std::size_t layer);

}  // namespace penstock
