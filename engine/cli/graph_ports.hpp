// The ports of a drawn graph's boxes: how many there are, in which order, and how wide a box has to
// be for them and their labels. Steps of lay_out(), for places whose order in their layers is
// known.
#pragma once

#include <cstddef>
#include <vector>

#include "cli/graph_layout.hpp"

namespace penstock {

inline constexpr std::size_t gap = 2;  // columns between two places, and between two ports

// Of each place, from the left, in its layer.
std::vector<std::size_t> positions_in_layers(const GraphLayout& layout);

// Lines that come from the same sources reach a box together. Others get a port of their own, for
// where they met nobody could tell what else they lead to.
void part_inputs(GraphLayout& layout);

// Widens boxes to what their ports need, and puts the ports into columns that are counted from the
// left edge of their place.
void place_ports(GraphLayout& layout);

}  // namespace penstock
