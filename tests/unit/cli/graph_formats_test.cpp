#include "cli/graph_formats.hpp"

#include "catch.hpp"
#include "graph_sample.hpp"

using namespace penstock;

namespace {

// The names hold what a person cannot write in a pipeline file, but a program might.
Explanation nasty() {
  Explanation explanation =
      graph_of({{"a\"b", {}}, {"c", {edge("a\"b", "re]j|ects", "left")}}, {"d", {edge("c")}}});
  explanation.stages[1].partitioned = true;
  explanation.stages[1].instances = 4;
  explanation.stages[2].kind = "sink";
  explanation.stages[2].task = "x.y\\";
  return explanation;
}

}  // namespace

TEST_CASE("a flow chart of Mermaid") {
  CHECK('\n' + graph_mermaid(nasty()) == R"(
flowchart TD
  s0(["a#34;b<br/>text.upper"])
  s1["c<br/>text.upper<br/>x4"]
  s2(["d<br/>x.y\"])
  s0 -->|"re#93;j#124;ects as left"| s1
  s1 --> s2
)");
}

TEST_CASE("a digraph of Graphviz") {
  CHECK('\n' + graph_dot(nasty()) == R"(
digraph "sample" {
  node [shape=box];
  s0 [label="a\"b\ntext.upper", style=rounded];
  s1 [label="c\ntext.upper\nx4"];
  s2 [label="d\nx.y\\", style=rounded];
  s0 -> s1 [label="re]j|ects as left"];
  s1 -> s2;
}
)");
}
