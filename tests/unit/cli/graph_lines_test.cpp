// Pictures of random graphs are read back, as an eye would follow their lines: from each box down
// to the arrows that are reached. What is read has to be the graph that was drawn.
#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include "catch.hpp"
#include "cli/graph_picture.hpp"
#include "graph_sample.hpp"

using namespace penstock;

namespace {

using Edge = std::pair<std::string, std::string>;

class PictureReader {
 public:
  explicit PictureReader(const std::string& picture) {
    std::istringstream lines(picture);
    for (std::string line; std::getline(lines, line);) grid_.push_back(cells(line));
  }

  std::set<Edge> edges() {
    for (std::size_t row = 0; row < grid_.size(); ++row) {
      for (std::size_t column = 0; column < grid_[row].size(); ++column) {
        if (at(row, column) == "┌") read_box(row, column);
      }
    }
    std::set<Edge> found;
    for (const auto& [name, outputs] : outputs_) {
      for (const auto& [row, column] : outputs) {
        seen_.clear();
        follow(row + 1, column, 'u', name, found);
      }
    }
    return found;
  }

 private:
  static std::vector<std::string> cells(const std::string& line) {
    std::vector<std::string> result;
    for (const char c : line) {
      if ((static_cast<unsigned char>(c) & 0xc0) == 0x80) {
        result.back() += c;
      } else {
        result.emplace_back(1, c);
      }
    }
    return result;
  }

  std::string at(std::size_t row, std::size_t column) const {
    return row < grid_.size() && column < grid_[row].size() ? grid_[row][column] : " ";
  }
  void read_box(std::size_t top, std::size_t left) {
    std::size_t right = left + 1;
    while (at(top, right) == "─" || at(top, right) == "▼") ++right;
    std::string name;
    for (std::size_t column = left + 1; column < right; ++column) name += at(top + 1, column);
    name.erase(0, name.find_first_not_of(' '));
    name.erase(std::min(name.find(' '), name.size()));
    if (name.size() < 2 || name[0] != 's') return;  // a corner of a line
    std::size_t bottom = top + 1;
    while (at(bottom, left) != "└") ++bottom;
    for (std::size_t column = left; column <= right; ++column) {
      if (at(top, column) == "▼") inputs_[{top, column}] = name;
      if (at(bottom, column) == "┬") outputs_[name].emplace_back(bottom, column);
    }
  }

  // Into a cell from above (u), the left or the right; lines never lead up.
  void follow(std::size_t row, std::size_t column, char from, const std::string& name,
              std::set<Edge>& found) {
    if (!seen_.insert({{row, column}, from}).second) return;
    const std::string cell = at(row, column);
    if (cell == "▼") {
      found.insert({name, inputs_.at({row, column})});
      return;
    }
    const auto is = [&](const char* cells) {
      return std::string(cells).find(cell) != std::string::npos;
    };
    REQUIRE(is("│─┌┐└┘├┤┬┴┼"));
    if (cell == "│" && from != 'u') {  // the line passes below another
      return follow(row, from == 'l' ? column + 1 : column - 1, from, name, found);
    }
    if (is("│┌┐├┤┬┼")) follow(row + 1, column, 'u', name, found);
    if (cell != "│" && from != 'r' && is("─┌└├┬┴┼")) follow(row, column + 1, 'l', name, found);
    if (cell != "│" && from != 'l' && is("─┐┘┤┬┴┼")) follow(row, column - 1, 'r', name, found);
  }

  std::vector<std::vector<std::string>> grid_;
  std::map<std::pair<std::size_t, std::size_t>, std::string> inputs_;
  std::map<std::string, std::vector<std::pair<std::size_t, std::size_t>>> outputs_;
  std::set<std::pair<std::pair<std::size_t, std::size_t>, char>> seen_;
};

Explanation random_graph(unsigned seed, std::size_t size) {
  std::mt19937 random(seed);
  std::vector<StageEdges> stages;
  for (std::size_t i = 0; i < size; ++i) {
    std::vector<ExplainedEdge> from;
    const std::size_t count = i == 0 ? 0 : random() % 4;
    for (std::size_t edges = 0; edges < count; ++edges) {
      const std::string giver = 's' + std::to_string(random() % i);
      from.push_back(
          edge(giver, random() % 4 == 0 ? "failed" : "", random() % 5 == 0 ? "left" : ""));
    }
    stages.push_back({'s' + std::to_string(i), std::move(from)});
  }
  Explanation explanation = graph_of(stages);
  for (ExplainedStage& stage : explanation.stages) {
    for (ExplainedEdge& edge : stage.from) edge.input = stage.from.size() > 1 ? edge.input : "";
  }
  return explanation;
}

std::set<Edge> edges_of(const Explanation& explanation) {
  std::set<Edge> edges;
  for (const ExplainedStage& stage : explanation.stages) {
    for (const ExplainedEdge& edge : stage.from) edges.emplace(edge.from, stage.name);
  }
  return edges;
}

}  // namespace

TEST_CASE("the lines of a picture lead where the edges do") {
  std::size_t drawn = 0;
  for (unsigned seed = 0; seed < 500; ++seed) {
    const Explanation explanation = random_graph(seed, 2 + seed % 14);
    const std::string picture = graph_picture(explanation, {120, false});
    if (picture.find("┌") == std::string::npos) continue;
    ++drawn;
    CAPTURE(seed, picture);
    CHECK(PictureReader(picture).edges() == edges_of(explanation));
  }
  CHECK(drawn > 400);
}
