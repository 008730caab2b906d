#include "cli/graph_routes.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace penstock {
namespace {

bool contains(const std::vector<std::size_t>& columns, std::size_t column) {
  return std::binary_search(columns.begin(), columns.end(), column);
}

std::vector<Bus> buses_of(const GraphLayout& layout, std::size_t layer) {
  std::map<std::size_t, std::set<std::size_t>> targets;  // by source
  for (const GraphLayout::Link& link : layout.links) {
    const GraphLayout::Port& output = layout.outputs[link.output];
    if (layout.places[output.place].layer != layer) continue;
    targets[output.x].insert(layout.inputs[link.input].x);
  }
  std::map<std::set<std::size_t>, Bus> buses;  // by targets
  for (const auto& [source, columns] : targets) buses[columns].sources.push_back(source);
  std::vector<Bus> result;
  for (auto& [columns, bus] : buses) {
    bus.targets.assign(columns.begin(), columns.end());
    result.push_back(std::move(bus));
  }
  return result;
}

// In the column of a source of `upper` a target of `lower` goes down: it has to begin below.
bool has_to_be_above(const Bus& upper, const Bus& lower) {
  return std::any_of(upper.sources.begin(), upper.sources.end(),
                     [&](std::size_t column) { return contains(lower.targets, column); });
}

bool apart(const Bus& bus, const Bus& other) {
  return bus.right() + 1 < other.left() || other.right() + 1 < bus.left();
}

}  // namespace

std::size_t Bus::left() const {
  return std::min(sources.front(), targets.front());
}
std::size_t Bus::right() const {
  return std::max(sources.back(), targets.back());
}

std::optional<Routes> route(const GraphLayout& layout, std::size_t layer) {
  Routes routes{buses_of(layout, layer), 0};
  std::vector<Bus*> waiting;
  for (Bus& bus : routes.buses) {
    if (!bus.straight()) waiting.push_back(&bus);
  }
  std::vector<Bus*> placed;
  while (!waiting.empty()) {
    const auto next = std::find_if(waiting.begin(), waiting.end(), [&](const Bus* bus) {
      return std::none_of(waiting.begin(), waiting.end(), [&](const Bus* other) {
        return other != bus && has_to_be_above(*other, *bus);
      });
    });
    if (next == waiting.end()) return std::nullopt;  // each of them would have to be above another
    Bus& bus = **next;
    for (const Bus* above : placed) {
      if (has_to_be_above(*above, bus)) bus.row = std::max(bus.row, above->row + 1);
    }
    const auto free = [&] {
      return std::all_of(placed.begin(), placed.end(), [&](const Bus* other) {
        return other->row != bus.row || apart(*other, bus);
      });
    };
    while (!free()) ++bus.row;
    routes.rows = std::max(routes.rows, bus.row + 1);
    placed.push_back(&bus);
    waiting.erase(next);
  }
  return routes;
}

}  // namespace penstock
