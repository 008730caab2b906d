// Who reads from whom, as numbers: a directed graph and what a plan wants to know of it. Pure
// functions, any thread.
#pragma once

#include <cstddef>
#include <vector>

namespace penstock {

struct Graph {
  explicit Graph(std::size_t size) : from(size), readers(size) {}

  // What `from` emits, `to` reads.
  void connect(std::size_t from_node, std::size_t to) {
    from[to].push_back(from_node);
    readers[from_node].push_back(to);
  }
  std::size_t size() const { return from.size(); }

  std::vector<std::vector<std::size_t>> from;
  std::vector<std::vector<std::size_t>> readers;
};

// Every node after those it reads from, else in the order of their numbers. Nodes of cycles, and
// those behind them, are left out.
std::vector<std::size_t> topological_order(const Graph& graph);

// For each node the shortest way along readers that leads from it back to it: the node itself
// first, without its repetition at the end. Empty where there is none.
std::vector<std::vector<std::size_t>> cycles(const Graph& graph);

}  // namespace penstock
