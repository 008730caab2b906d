// Where the boxes of a drawn graph stand: layers from the top down, every edge going from one layer
// to the next. An edge over more layers bends in each one between, in a column of its own. Pure
// functions.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace penstock {

struct DrawnEdge {
  std::size_t from = 0;
  std::size_t to = 0;
  std::string output;  // a label; empty: none
  std::string input;
};

struct GraphLayout {
  // A box, or a column in which an edge passes through a layer.
  struct Place {
    std::size_t layer = 0;
    std::size_t x = 0;  // of its left edge
    std::size_t width = 1;
    bool box = false;
  };
  // Where lines leave and reach a place. Edges with the same label share a port, as far as one can
  // still see then who leads where.
  struct Port {
    std::size_t place = 0;
    std::string label;
    std::size_t x = 0;
  };
  // From a port of one layer to one of the next.
  struct Link {
    std::size_t output = 0;  // index into outputs
    std::size_t input = 0;   // index into inputs
  };

  std::vector<Place> places;                     // the nodes, in their order, then bends
  std::vector<std::vector<std::size_t>> layers;  // places from left to right
  std::vector<Port> outputs;
  std::vector<Port> inputs;
  std::vector<Link> links;
  std::size_t width = 0;
  std::vector<std::size_t> crowded;  // nodes of layers that do not fit: the rest is of no use
};

// `widths`: of each node's box at least. Every edge goes from a node to one with a higher number.
// There are some limits on how much is laid out at all; beyond them all nodes are crowded.
GraphLayout lay_out(const std::vector<std::size_t>& widths, const std::vector<DrawnEdge>& edges,
                    std::size_t columns);

}  // namespace penstock
