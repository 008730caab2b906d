#include "cli/graph_layout.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>

#include "cli/graph_ports.hpp"

namespace penstock {
namespace {

constexpr std::size_t most_nodes = 200;
constexpr int sweeps = 8;

using Port = GraphLayout::Port;

class Layouter {
 public:
  Layouter(const std::vector<std::size_t>& widths, const std::vector<DrawnEdge>& edges)
      : widths_(widths), edges_(edges) {}

  GraphLayout run(std::size_t columns);

 private:
  void assign_layers();
  void connect();
  std::size_t bend_after(std::size_t node, const std::string& output, std::size_t layer);
  std::size_t port(std::vector<Port>& ports, std::size_t place, const std::string& label);
  void link(std::size_t from, const std::string& output, std::size_t to, const std::string& input);

  void order_layers();
  void order_layer(std::size_t layer, bool by_inputs);
  std::size_t crossings() const;

  void note_crowded(std::size_t columns);
  void align(std::size_t layer, bool by_inputs, std::size_t columns);
  void finish();

  const std::vector<std::size_t>& widths_;
  const std::vector<DrawnEdge>& edges_;
  GraphLayout layout_;
  std::map<std::tuple<std::size_t, std::string, std::size_t>, std::size_t> bends_;
};

GraphLayout Layouter::run(std::size_t columns) {
  assign_layers();
  connect();
  order_layers();
  part_inputs(layout_);
  place_ports(layout_);
  note_crowded(columns);
  if (!layout_.crowded.empty()) return std::move(layout_);
  const std::size_t last = layout_.layers.size();
  for (std::size_t layer = 0; layer < last; ++layer) align(layer, true, columns);
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    for (std::size_t layer = last; layer-- > 0;) align(layer, false, columns);
    for (std::size_t layer = 0; layer < last; ++layer) align(layer, true, columns);
  }
  finish();
  return std::move(layout_);
}

// As far up as its inputs let it; one without inputs right above its first reader.
void Layouter::assign_layers() {
  std::vector<GraphLayout::Place>& places = layout_.places;
  for (const std::size_t width : widths_) places.push_back({0, 0, width, true});
  for (std::size_t node = 0; node < widths_.size(); ++node) {
    for (const DrawnEdge& edge : edges_) {
      if (edge.to != node) continue;
      places[node].layer = std::max(places[node].layer, places[edge.from].layer + 1);
    }
  }
  for (std::size_t node = 0; node < widths_.size(); ++node) {
    std::size_t nearest = SIZE_MAX;
    bool reads = false;
    for (const DrawnEdge& edge : edges_) {
      if (edge.to == node) reads = true;
      if (edge.from == node) nearest = std::min(nearest, places[edge.to].layer);
    }
    if (!reads && nearest != SIZE_MAX) places[node].layer = nearest - 1;
  }
}

void Layouter::connect() {
  std::size_t layers = 0;
  for (const auto& place : layout_.places) layers = std::max(layers, place.layer + 1);
  layout_.layers.resize(layers);
  for (std::size_t node = 0; node < widths_.size(); ++node) {
    layout_.layers[layout_.places[node].layer].push_back(node);
  }
  for (const DrawnEdge& edge : edges_) {
    const std::size_t end = layout_.places[edge.to].layer;
    std::size_t from = edge.from;
    std::string output = edge.output;
    for (std::size_t layer = layout_.places[from].layer + 1; layer < end; ++layer) {
      const std::size_t bend = bend_after(edge.from, edge.output, layer);
      link(from, output, bend, {});
      from = bend;
      output.clear();
    }
    link(from, output, edge.to, edge.input);
  }
}

// All edges of one output pass through a layer in one column.
std::size_t Layouter::bend_after(std::size_t node, const std::string& output, std::size_t layer) {
  const auto [found, added] = bends_.emplace(std::tuple(node, output, layer), 0);
  if (added) {
    found->second = layout_.places.size();
    layout_.places.push_back({layer, 0, 1, false});
    layout_.layers[layer].push_back(found->second);
  }
  return found->second;
}

std::size_t Layouter::port(std::vector<Port>& ports, std::size_t place, const std::string& label) {
  const auto found = std::find_if(ports.begin(), ports.end(), [&](const Port& candidate) {
    return candidate.place == place && candidate.label == label;
  });
  if (found != ports.end()) return static_cast<std::size_t>(found - ports.begin());
  ports.push_back({place, label, 0});
  return ports.size() - 1;
}

void Layouter::link(std::size_t from, const std::string& output, std::size_t to,
                    const std::string& input) {
  const GraphLayout::Link made{port(layout_.outputs, from, output),
                               port(layout_.inputs, to, input)};
  const bool known =
      std::any_of(layout_.links.begin(), layout_.links.end(), [&](const GraphLayout::Link& other) {
        return other.output == made.output && other.input == made.input;
      });
  if (!known) layout_.links.push_back(made);
}

// Sweeps down and up, each place to the middle of its neighbours; keeps the order with the fewest
// crossings.
void Layouter::order_layers() {
  auto best = layout_.layers;
  std::size_t least = crossings();
  for (int sweep = 0; sweep < sweeps && least > 0; ++sweep) {
    const std::size_t count = layout_.layers.size();
    for (std::size_t layer = 1; layer < count; ++layer) order_layer(layer, true);
    for (std::size_t layer = count; layer-- > 1;) order_layer(layer - 1, false);
    if (const std::size_t now = crossings(); now < least) {
      least = now;
      best = layout_.layers;
    }
  }
  layout_.layers = std::move(best);
}

void Layouter::order_layer(std::size_t layer, bool by_inputs) {
  const std::vector<std::size_t> at = positions_in_layers(layout_);
  std::vector<double> sum(layout_.places.size());
  std::vector<double> count(layout_.places.size());
  for (const GraphLayout::Link& link : layout_.links) {
    const std::size_t above = layout_.outputs[link.output].place;
    const std::size_t below = layout_.inputs[link.input].place;
    sum[by_inputs ? below : above] += static_cast<double>(at[by_inputs ? above : below]);
    ++count[by_inputs ? below : above];
  }
  const auto middle = [&](std::size_t place) {
    return count[place] > 0 ? sum[place] / count[place] : static_cast<double>(at[place]);
  };
  std::stable_sort(
      layout_.layers[layer].begin(), layout_.layers[layer].end(),
      [&](std::size_t left, std::size_t right) { return middle(left) < middle(right); });
}

std::size_t Layouter::crossings() const {
  const std::vector<std::size_t> at = positions_in_layers(layout_);
  std::size_t count = 0;
  for (std::size_t i = 0; i < layout_.links.size(); ++i) {
    const std::size_t from = layout_.outputs[layout_.links[i].output].place;
    const std::size_t to = layout_.inputs[layout_.links[i].input].place;
    for (std::size_t j = i + 1; j < layout_.links.size(); ++j) {
      const std::size_t other_from = layout_.outputs[layout_.links[j].output].place;
      const std::size_t other_to = layout_.inputs[layout_.links[j].input].place;
      if (layout_.places[from].layer != layout_.places[other_from].layer) continue;
      const bool left = at[from] < at[other_from] && at[to] > at[other_to];
      const bool right = at[from] > at[other_from] && at[to] < at[other_to];
      count += left || right ? 1 : 0;
    }
  }
  return count;
}

void Layouter::note_crowded(std::size_t columns) {
  for (const std::vector<std::size_t>& layer : layout_.layers) {
    std::size_t width = 0;
    for (const std::size_t place : layer) width += layout_.places[place].width + gap;
    if (width <= columns + gap) continue;
    for (const std::size_t place : layer) {
      if (layout_.places[place].box) layout_.crowded.push_back(place);
    }
  }
}

// Moves the places of a layer to where their lines are straightest on the whole: the least squares
// under the condition that none overlap, by pooling neighbours that want to pass each other.
void Layouter::align(std::size_t layer, bool by_inputs, std::size_t columns) {
  struct Pool {
    double sum;
    double count;
    std::size_t size;
  };
  const std::vector<std::size_t>& row = layout_.layers[layer];
  std::vector<double> sum(layout_.places.size());
  std::vector<double> count(layout_.places.size());
  for (const GraphLayout::Link& link : layout_.links) {
    const Port& above = layout_.outputs[link.output];
    const Port& below = layout_.inputs[link.input];
    const Port& own = by_inputs ? below : above;
    const Port& other = by_inputs ? above : below;
    sum[own.place] +=
        static_cast<double>(layout_.places[other.place].x + other.x) - static_cast<double>(own.x);
    ++count[own.place];
  }
  std::vector<Pool> pools;
  std::size_t offset = 0;  // of this place if all stood as far left as they can
  for (const std::size_t place : row) {
    const double wanted =
        count[place] > 0 ? sum[place] / count[place] : static_cast<double>(layout_.places[place].x);
    pools.push_back({wanted - static_cast<double>(offset), 1, 1});
    offset += layout_.places[place].width + gap;
    while (pools.size() > 1) {
      const Pool& last = pools.back();
      Pool& before = pools[pools.size() - 2];
      if (before.sum / before.count <= last.sum / last.count) break;
      before = {before.sum + last.sum, before.count + last.count, before.size + last.size};
      pools.pop_back();
    }
  }
  const double most = static_cast<double>(columns + gap) - static_cast<double>(offset);
  std::size_t i = 0;
  offset = 0;
  for (const Pool& pool : pools) {
    const double shift = std::clamp(std::floor(pool.sum / pool.count + 0.5), 0.0, most);
    for (std::size_t end = i + pool.size; i < end; ++i) {
      layout_.places[row[i]].x = offset + static_cast<std::size_t>(shift);
      offset += layout_.places[row[i]].width + gap;
    }
  }
}

// To the left edge, and the ports to their final columns.
void Layouter::finish() {
  std::size_t left = SIZE_MAX;
  for (const auto& place : layout_.places) left = std::min(left, place.x);
  for (auto& place : layout_.places) {
    place.x -= left;
    layout_.width = std::max(layout_.width, place.x + place.width);
  }
  for (std::vector<Port>* ports : {&layout_.outputs, &layout_.inputs}) {
    for (Port& port : *ports) port.x += layout_.places[port.place].x;
  }
}

}  // namespace

GraphLayout lay_out(const std::vector<std::size_t>& widths, const std::vector<DrawnEdge>& edges,
                    std::size_t columns) {
  if (widths.size() > most_nodes || edges.size() > 4 * most_nodes) {
    GraphLayout layout;
    layout.crowded.resize(widths.size());
    std::iota(layout.crowded.begin(), layout.crowded.end(), 0);
    return layout;
  }
  return Layouter(widths, edges).run(columns);
}

}  // namespace penstock
