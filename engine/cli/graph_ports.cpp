#include "cli/graph_ports.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>

namespace penstock {
namespace {

using Port = GraphLayout::Port;

// "│ label": the columns that a port takes.
std::size_t slot(const Port& port) {
  return port.label.empty() ? 1 : 2 + port.label.size();
}

// Some ports evenly over `room` columns from `x` on.
void spread(std::vector<Port>& ports, std::size_t begin, std::size_t end, std::size_t x,
            std::size_t room) {
  for (std::size_t i = begin; i < end; ++i) room -= slot(ports[i]);
  const std::size_t between = room / (end - begin + 1);
  x += between;
  for (std::size_t i = begin; i < end; ++i) {
    ports[i].x = x;
    x += slot(ports[i]) + between;
  }
}

// So that the labels at its ports are not wider than a box.
void widen_boxes(GraphLayout& layout) {
  for (std::vector<Port>* ports : {&layout.outputs, &layout.inputs}) {
    std::vector<std::size_t> wanted(layout.places.size(), gap);
    for (const Port& port : *ports) wanted[port.place] += slot(port) + gap;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      auto& place = layout.places[i];
      if (place.box) place.width = std::max(place.width, wanted[i]);
    }
  }
  // Odd ones all have a middle: lines between them can be straight.
  for (auto& place : layout.places) place.width |= 1;
}

// Those of a place in the order of what they lead to.
void sort_ports(GraphLayout& layout, bool outputs) {
  std::vector<Port>& ports = outputs ? layout.outputs : layout.inputs;
  const std::vector<std::size_t> at = positions_in_layers(layout);
  std::vector<double> sum(ports.size());
  std::vector<double> count(ports.size());
  for (const GraphLayout::Link& link : layout.links) {
    const std::size_t own = outputs ? link.output : link.input;
    const std::size_t place =
        outputs ? layout.inputs[link.input].place : layout.outputs[link.output].place;
    sum[own] += static_cast<double>(at[place]);
    ++count[own];
  }
  std::vector<std::size_t> order(ports.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
    if (ports[left].place != ports[right].place) return ports[left].place < ports[right].place;
    return sum[left] / count[left] < sum[right] / count[right];
  });
  std::vector<Port> sorted;
  std::vector<std::size_t> moved(ports.size());
  for (const std::size_t old : order) {
    moved[old] = sorted.size();
    sorted.push_back(ports[old]);
  }
  ports = std::move(sorted);
  for (GraphLayout::Link& link : layout.links) {
    std::size_t& own = outputs ? link.output : link.input;
    own = moved[own];
  }
}

// Evenly over the width of their place, but the main one in its middle if there is room beside it;
// `x` is from its left edge on.
void spread_ports(const GraphLayout& layout, std::vector<Port>& ports) {
  for (std::size_t begin = 0, end; begin < ports.size(); begin = end) {
    const auto& place = layout.places[ports[begin].place];
    std::size_t taken = 0;
    std::size_t before_main = 0;
    std::size_t main = ports.size();
    for (end = begin; end < ports.size() && ports[end].place == ports[begin].place; ++end) {
      if (ports[end].label.empty() && main == ports.size()) {
        main = end;
        before_main = taken;
      }
      taken += slot(ports[end]) + gap;
    }
    if (!place.box) continue;
    const std::size_t half = (place.width - 3) / 2;  // on each side of the middle, without borders
    if (main < end && before_main <= half && taken - before_main - 1 - gap <= half) {
      spread(ports, begin, main, 1, half);
      ports[main].x = 1 + half;
      spread(ports, main + 1, end, 2 + half, half);
    } else {
      spread(ports, begin, end, 1, place.width - 2);
    }
  }
}

}  // namespace

std::vector<std::size_t> positions_in_layers(const GraphLayout& layout) {
  std::vector<std::size_t> result(layout.places.size());
  for (const auto& layer : layout.layers) {
    for (std::size_t i = 0; i < layer.size(); ++i) result[layer[i]] = i;
  }
  return result;
}

void part_inputs(GraphLayout& layout) {
  std::map<std::size_t, std::set<std::size_t>> targets;  // inputs, by output
  for (const GraphLayout::Link& link : layout.links) targets[link.output].insert(link.input);
  std::map<std::pair<std::size_t, std::set<std::size_t>>, std::size_t> parted;
  std::set<std::size_t> taken;
  for (GraphLayout::Link& link : layout.links) {
    const auto [found, added] = parted.emplace(std::pair(link.input, targets[link.output]), 0);
    if (added) {
      found->second = link.input;
      if (!taken.insert(link.input).second) {
        found->second = layout.inputs.size();
        layout.inputs.push_back(layout.inputs[link.input]);
      }
    }
    link.input = found->second;
  }
}

void place_ports(GraphLayout& layout) {
  widen_boxes(layout);
  sort_ports(layout, true);
  sort_ports(layout, false);
  spread_ports(layout, layout.outputs);
  spread_ports(layout, layout.inputs);
}

}  // namespace penstock
