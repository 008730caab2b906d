#include "cli/graph_picture.hpp"

#include <sstream>

#include "catch.hpp"
#include "graph_sample.hpp"
#include "observe/columns.hpp"

using namespace penstock;

namespace {

std::string picture(const Explanation& explanation, std::size_t columns = 80) {
  return '\n' + graph_picture(explanation, {columns, false});
}

Explanation join() {
  return graph_of({{"orders", {}},
                   {"customers", {}},
                   {"joined", {edge("orders", "", "left"), edge("customers", "", "right")}},
                   {"save", {edge("joined")}},
                   {"rejects", {edge("joined", "unmatched"), edge("orders", "failed")}}});
}

}  // namespace

TEST_CASE("a chain") {
  CHECK(picture(graph_of({{"lines", {}}, {"upper", {edge("lines")}}, {"save", {edge("upper")}}})) ==
        R"(
┌───────────────────┐
│ lines  text.upper │
└─────────┬─────────┘
          │
┌─────────▼─────────┐
│ upper  text.upper │
└─────────┬─────────┘
          │
┌─────────▼─────────┐
│ save  text.upper  │
└───────────────────┘
)");
}

TEST_CASE("a diamond") {
  CHECK(picture(graph_of({{"lines", {}},
                          {"left", {edge("lines")}},
                          {"right", {edge("lines")}},
                          {"save", {edge("left"), edge("right")}}})) == R"(
           ┌───────────────────┐
           │ lines  text.upper │
           └─────────┬─────────┘
          ┌──────────┴───────────┐
┌─────────▼─────────┐  ┌─────────▼─────────┐
│ left  text.upper  │  │ right  text.upper │
└─────────┬─────────┘  └─────────┬─────────┘
          └───────────┬──────────┘
            ┌─────────▼─────────┐
            │ save  text.upper  │
            └───────────────────┘
)");
}

TEST_CASE("a fan-in") {
  CHECK(picture(graph_of({{"a", {}},
                          {"b", {}},
                          {"cccccc", {}},
                          {"save", {edge("a"), edge("b"), edge("cccccc")}}})) == R"(
┌───────────────┐  ┌───────────────┐  ┌─────────────────────┐
│ a  text.upper │  │ b  text.upper │  │ cccccc  text.upper  │
└───────┬───────┘  └───────┬───────┘  └──────────┬──────────┘
        └──────────────────┴┬────────────────────┘
                  ┌─────────▼─────────┐
                  │ save  text.upper  │
                  └───────────────────┘
)");
}

TEST_CASE("a fan-out to six: what has no room in its box is told below") {
  std::vector<StageEdges> stages{{"lines", {}}};
  std::vector<ExplainedEdge> all;
  for (int i = 1; i <= 6; ++i) {
    stages.push_back({'a' + std::to_string(i), {edge("lines")}});
    all.push_back(edge('a' + std::to_string(i)));
  }
  stages.push_back({"save", all});
  CHECK(picture(graph_of(stages)) == R"(
               ┌───────────────────┐
               │ lines  text.upper │
               └─────────┬─────────┘
   ┌────────┬────────┬───┴────┬────────┬────────┐
┌──▼──┐  ┌──▼──┐  ┌──▼──┐  ┌──▼──┐  ┌──▼──┐  ┌──▼──┐
│ a1  │  │ a2  │  │ a3  │  │ a4  │  │ a5  │  │ a6  │
└──┬──┘  └──┬──┘  └──┬──┘  └──┬──┘  └──┬──┘  └──┬──┘
   └────────┴────────┴────┬───┴────────┴────────┘
                ┌─────────▼─────────┐
                │ save  text.upper  │
                └───────────────────┘
a1  text.upper
a2  text.upper
a3  text.upper
a4  text.upper
a5  text.upper
a6  text.upper
)");
}

TEST_CASE("a join with named inputs, a named output and items that failed") {
  CHECK(picture(join()) == R"(
┌─────────────────────┐  ┌───────────────────────┐
│ orders  text.upper  │  │ customers  text.upper │
└─┬────────┬──────────┘  └───────────┬───────────┘
  │ failed │                         │
  │        └────────┐       ┌────────┘
  │                 │ left  │ right
  │              ┌──▼───────▼──────────┐
  │              │ joined  text.upper  │
  │              └───┬─────────────┬───┘
  │                  │ unmatched   │
  └────────┬─────────┘             │
┌──────────▼──────────┐  ┌─────────▼─────────┐
│ rejects  text.upper │  │ save  text.upper  │
└─────────────────────┘  └───────────────────┘
)");
}

TEST_CASE("instances, pools and callbacks are told") {
  Explanation explanation = graph_of({{"rows", {}}, {"sums", {edge("rows")}}});
  explanation.stages[1].partitioned = true;
  explanation.stages[1].instances = 4;
  explanation.stages[1].pool = "heavy";
  explanation.callbacks.push_back({"item_failed", "notify-send", true, {}, {}});
  CHECK(picture(explanation) == R"(
        ┌───────────────────┐
        │ rows  text.upper  │
        └─────────┬─────────┘
                  │
┌─────────────────▼─────────────────┐
│ sums  text.upper  x4  pool heavy  │
└───────────────────────────────────┘
at item_failed: notify-send
)");
}

TEST_CASE("ASCII alone") {
  CHECK('\n' + graph_picture(join(), {80, true}) == R"(
+---------------------+  +-----------------------+
| orders  text.upper  |  | customers  text.upper |
+-+--------+----------+  +-----------+-----------+
  | failed |                         |
  |        +--------+       +--------+
  |                 | left  | right
  |              +--v-------v----------+
  |              | joined  text.upper  |
  |              +---+-------------+---+
  |                  | unmatched   |
  +--------+---------+             |
+----------v----------+  +---------v---------+
| rejects  text.upper |  | save  text.upper  |
+---------------------+  +-------------------+
)");
}

TEST_CASE("with less room a box has its lines below each other") {
  CHECK(picture(graph_of({{"lines", {}}, {"left", {edge("lines")}}, {"right", {edge("lines")}}}),
                40) == R"(
     ┌───────────────────┐
     │ lines  text.upper │
     └─────────┬─────────┘
       ┌───────┴────────┐
┌──────▼──────┐  ┌──────▼──────┐
│    left     │  │    right    │
│ text.upper  │  │ text.upper  │
└─────────────┘  └─────────────┘
)");
}

TEST_CASE("what does not fit at all becomes a list") {
  std::vector<StageEdges> stages{{"lines", {}}};
  std::vector<ExplainedEdge> all;
  for (int i = 1; i <= 12; ++i) {
    stages.push_back({"branch" + std::to_string(i), {edge("lines")}});
    all.push_back(
        edge("branch" + std::to_string(i), i == 3 ? "rejects" : "", i == 4 ? "left" : ""));
  }
  stages.push_back({"save", all});
  const std::string text = picture(graph_of(stages), 60);
  CHECK(text.starts_with("\nlines  text.upper\nbranch1  text.upper\n  from lines\n"));
  CHECK(text.ends_with(R"(
save  text.upper
  from branch1, branch2, branch3.rejects, branch4 as left,
       branch5, branch6, branch7, branch8, branch9,
       branch10, branch11, branch12
)"));
}

TEST_CASE("no line is wider than the room") {
  for (std::size_t columns = 30; columns <= 200; columns += 5) {
    std::istringstream lines(graph_picture(join(), {columns, false}));
    for (std::string line; std::getline(lines, line);) CHECK(column_count(line) <= columns);
  }
}
