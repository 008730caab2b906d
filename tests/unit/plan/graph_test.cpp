#include "plan/graph.hpp"

#include "catch.hpp"

using namespace penstock;

namespace {

using Nodes = std::vector<std::size_t>;

Graph graph(std::size_t size, const std::vector<std::pair<std::size_t, std::size_t>>& edges) {
  Graph result(size);
  for (const auto& [from, to] : edges) result.connect(from, to);
  return result;
}

}  // namespace

TEST_CASE("the order puts each node after those it reads, and else keeps their numbers") {
  CHECK(topological_order(graph(0, {})).empty());
  CHECK(topological_order(graph(3, {})) == Nodes{0, 1, 2});
  CHECK(topological_order(graph(4, {{3, 0}, {0, 1}, {3, 2}})) == Nodes{3, 0, 1, 2});
  CHECK(topological_order(graph(4, {{0, 1}, {0, 2}, {1, 3}, {2, 3}})) == Nodes{0, 1, 2, 3});
}

TEST_CASE("cycles, and what is behind them, have no order") {
  CHECK(topological_order(graph(4, {{0, 1}, {1, 2}, {2, 1}, {2, 3}})) == Nodes{0});
}

TEST_CASE("each node of a cycle knows the shortest way back to it, others know none") {
  const auto ways = cycles(graph(6, {{0, 1}, {1, 2}, {2, 3}, {3, 1}, {2, 1}, {3, 4}, {5, 5}}));
  CHECK(ways[0].empty());
  CHECK(ways[1] == Nodes{1, 2});
  CHECK(ways[2] == Nodes{2, 1});
  CHECK(ways[3] == Nodes{3, 1, 2});
  CHECK(ways[4].empty());
  CHECK(ways[5] == Nodes{5});
}

TEST_CASE("two cycles joined by a path stay two") {
  const auto ways = cycles(graph(5, {{0, 1}, {1, 0}, {1, 2}, {2, 3}, {3, 4}, {4, 3}}));
  CHECK(ways[0] == Nodes{0, 1});
  CHECK(ways[2].empty());
  CHECK(ways[3] == Nodes{3, 4});
}
