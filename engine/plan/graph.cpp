#include "plan/graph.hpp"

#include <algorithm>
#include <functional>
#include <queue>

namespace penstock {
namespace {

// Breadth first from `start`, over nodes that are left on a cycle, until it is met again.
std::vector<std::size_t> way_back(const Graph& graph, std::size_t start,
                                  const std::vector<bool>& left) {
  constexpr auto nobody = static_cast<std::size_t>(-1);
  std::vector<std::size_t> before(graph.size(), nobody);
  std::queue<std::size_t> next;
  next.push(start);
  while (!next.empty()) {
    const std::size_t node = next.front();
    next.pop();
    for (const std::size_t reader : graph.readers[node]) {
      if (reader == start) {
        std::vector<std::size_t> way{node};
        while (way.back() != start) way.push_back(before[way.back()]);
        std::reverse(way.begin(), way.end());
        return way;
      }
      if (!left[reader] || before[reader] != nobody) continue;
      before[reader] = node;
      next.push(reader);
    }
  }
  return {};
}

}  // namespace

std::vector<std::size_t> topological_order(const Graph& graph) {
  std::vector<std::size_t> waiting_for(graph.size());
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t node = 0; node < graph.size(); ++node) {
    waiting_for[node] = graph.from[node].size();
    if (waiting_for[node] == 0) ready.push(node);
  }
  std::vector<std::size_t> order;
  while (!ready.empty()) {
    order.push_back(ready.top());
    ready.pop();
    for (const std::size_t reader : graph.readers[order.back()]) {
      if (--waiting_for[reader] == 0) ready.push(reader);
    }
  }
  return order;
}

std::vector<std::vector<std::size_t>> cycles(const Graph& graph) {
  std::vector<bool> left(graph.size(), true);
  for (const std::size_t node : topological_order(graph)) left[node] = false;
  std::vector<std::vector<std::size_t>> result(graph.size());
  for (std::size_t node = 0; node < graph.size(); ++node) {
    if (left[node]) result[node] = way_back(graph, node, left);
  }
  return result;
}

}  // namespace penstock
