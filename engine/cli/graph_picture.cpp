#include "cli/graph_picture.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "cli/graph_canvas.hpp"
#include "cli/graph_layout.hpp"
#include "cli/graph_routes.hpp"

namespace penstock {
namespace {

using Box = std::vector<std::string>;  // its lines

constexpr std::size_t box_owner = SIZE_MAX;

std::size_t width_of(const Box& box) {
  std::size_t width = 1;
  for (const std::string& line : box) width = std::max(width, line.size());
  return width + 4;
}

// How much stands in a box, from most to least.
enum class Detail { one_line, lines, name };

Box box_of(const ExplainedStage& stage, Detail detail) {
  const std::vector<std::string> notes = stage_notes(stage);
  if (detail == Detail::one_line) {
    std::string line = stage.name + "  " + stage.task;
    for (const std::string& note : notes) line += "  " + note;
    return {line};
  }
  if (detail == Detail::name) return {stage.name};
  Box box{stage.name, stage.task};
  box.insert(box.end(), notes.begin(), notes.end());
  return box;
}

std::vector<DrawnEdge> edges_of(const Explanation& explanation) {
  std::map<std::string, std::size_t> numbers;
  for (std::size_t i = 0; i < explanation.stages.size(); ++i) {
    numbers[explanation.stages[i].name] = i;
  }
  std::vector<DrawnEdge> edges;
  for (std::size_t i = 0; i < explanation.stages.size(); ++i) {
    for (const ExplainedEdge& edge : explanation.stages[i].from) {
      edges.push_back({numbers[edge.from], i, edge.output, edge.input});
    }
  }
  return edges;
}

class Painter {
 public:
  Painter(const GraphLayout& layout, const std::vector<Box>& boxes)
      : layout_(layout), boxes_(boxes) {}

  std::optional<std::string> paint(bool ascii);

 private:
  struct Band {  // a layer and the lines below it
    std::size_t top = 0;
    std::size_t height = 0;  // of its boxes
    bool outputs_named = false;
    bool inputs_named = false;
    Routes routes;
  };

  bool measure();
  bool named(const std::vector<GraphLayout::Port>& ports, std::size_t layer) const;
  void draw_places(GraphCanvas& canvas, std::size_t layer) const;
  void draw_box(GraphCanvas& canvas, std::size_t place, const Band& band) const;
  void draw_routes(GraphCanvas& canvas, const Band& band, std::size_t end) const;
  void draw_labels(GraphCanvas& canvas) const;

  const GraphLayout& layout_;
  const std::vector<Box>& boxes_;
  std::vector<Band> bands_;
  std::size_t rows_ = 0;
};

bool Painter::named(const std::vector<GraphLayout::Port>& ports, std::size_t layer) const {
  return std::any_of(ports.begin(), ports.end(), [&](const GraphLayout::Port& port) {
    return !port.label.empty() && layout_.places[port.place].layer == layer;
  });
}

bool Painter::measure() {
  const std::size_t count = layout_.layers.size();
  for (std::size_t layer = 0; layer < count; ++layer) {
    Band band;
    band.top = rows_;
    for (const std::size_t place : layout_.layers[layer]) {
      if (place < boxes_.size()) band.height = std::max(band.height, boxes_[place].size() + 2);
    }
    rows_ += band.height;
    if (layer + 1 < count) {
      auto routes = route(layout_, layer);
      if (!routes) return false;
      band.routes = std::move(*routes);
      band.outputs_named = named(layout_.outputs, layer);
      band.inputs_named = named(layout_.inputs, layer + 1);
      rows_ += std::max<std::size_t>(
          1, band.routes.rows + (band.outputs_named ? 1 : 0) + (band.inputs_named ? 1 : 0));
    }
    bands_.push_back(std::move(band));
  }
  return true;
}

std::optional<std::string> Painter::paint(bool ascii) {
  if (!measure()) return std::nullopt;
  GraphCanvas canvas(layout_.width, rows_);
  for (std::size_t layer = 0; layer < bands_.size(); ++layer) {
    draw_places(canvas, layer);
    if (layer + 1 < bands_.size()) {
      draw_routes(canvas, bands_[layer], bands_[layer + 1].top);
    }
  }
  draw_labels(canvas);
  return canvas.drawn(ascii);
}

void Painter::draw_places(GraphCanvas& canvas, std::size_t layer) const {
  const Band& band = bands_[layer];
  const std::size_t bottom = band.top + band.height - 1;
  for (const std::size_t place : layout_.layers[layer]) {
    if (place < boxes_.size()) {
      draw_box(canvas, place, band);
      continue;
    }
    const std::size_t column = layout_.places[place].x;
    canvas.upright(column, band.top, bottom, box_owner);
    canvas.up(column, band.top, box_owner);
    canvas.down(column, bottom, box_owner);
  }
  for (const GraphLayout::Port& port : layout_.outputs) {
    if (layout_.places[port.place].layer == layer) canvas.down(port.x, bottom, box_owner);
  }
  for (const GraphLayout::Port& port : layout_.inputs) {
    const bool box = layout_.places[port.place].box;
    if (box && layout_.places[port.place].layer == layer) canvas.arrow(port.x, band.top);
  }
}

void Painter::draw_box(GraphCanvas& canvas, std::size_t place, const Band& band) const {
  const std::size_t left = layout_.places[place].x;
  const std::size_t right = left + layout_.places[place].width - 1;
  const std::size_t bottom = band.top + band.height - 1;
  for (const std::size_t row : {band.top, bottom}) canvas.level(row, left, right, box_owner);
  for (const std::size_t column : {left, right}) {
    canvas.upright(column, band.top, bottom, box_owner);
  }
  const std::size_t inner = right - left - 3;
  for (std::size_t i = 0; i < boxes_[place].size(); ++i) {
    const std::string& line = boxes_[place][i];
    canvas.text(left + 2 + (inner - line.size()) / 2, band.top + 1 + i, line);
  }
}

void Painter::draw_routes(GraphCanvas& canvas, const Band& band, std::size_t end) const {
  const std::size_t begin = band.top + band.height;
  const std::size_t first = begin + (band.outputs_named ? 1 : 0);
  for (std::size_t owner = 0; owner < band.routes.buses.size(); ++owner) {
    const Bus& bus = band.routes.buses[owner];
    const std::size_t row = first + bus.row;
    if (!bus.straight()) canvas.level(row, bus.left(), bus.right(), owner);
    for (const std::size_t column : bus.sources) {
      canvas.upright(column, begin, bus.straight() ? end - 1 : row, owner);
      canvas.up(column, begin, owner);
      if (bus.straight()) canvas.down(column, end - 1, owner);
    }
    if (bus.straight()) continue;
    for (const std::size_t column : bus.targets) {
      canvas.upright(column, row, end - 1, owner);
      canvas.down(column, end - 1, owner);
    }
  }
}

void Painter::draw_labels(GraphCanvas& canvas) const {
  for (const GraphLayout::Port& port : layout_.outputs) {
    const Band& band = bands_[layout_.places[port.place].layer];
    canvas.text(port.x + 2, band.top + band.height, port.label);
  }
  for (const GraphLayout::Port& port : layout_.inputs) {
    if (port.label.empty()) continue;
    canvas.text(port.x + 2, bands_[layout_.places[port.place].layer].top - 1, port.label);
  }
}

// Each layer with as much in its boxes as fits; nothing if not even the names do. What boxes leave
// out is told below.
std::optional<std::string> boxes_and_lines(const Explanation& explanation, const GraphLook& look) {
  const std::vector<ExplainedStage>& stages = explanation.stages;
  const std::vector<DrawnEdge> edges = edges_of(explanation);
  std::vector<Detail> details(stages.size(), Detail::one_line);
  for (;;) {
    std::vector<Box> boxes;
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < stages.size(); ++i) {
      boxes.push_back(box_of(stages[i], details[i]));
      widths.push_back(width_of(boxes.back()));
    }
    const GraphLayout layout = lay_out(widths, edges, look.columns);
    if (layout.crowded.empty()) {
      auto picture = Painter(layout, boxes).paint(look.ascii);
      for (std::size_t i = 0; picture && i < stages.size(); ++i) {
        if (details[i] == Detail::name)
          *picture += box_of(stages[i], Detail::one_line).front() + '\n';
      }
      return picture;
    }
    for (const std::size_t node : layout.crowded) {
      if (details[node] == Detail::name) return std::nullopt;
      details[node] = details[node] == Detail::one_line ? Detail::lines : Detail::name;
    }
  }
}

std::string list(const Explanation& explanation, std::size_t columns) {
  std::string text;
  for (const ExplainedStage& stage : explanation.stages) {
    text += stage.name + "  " + stage.task;
    for (const std::string& note : stage_notes(stage)) text += "  " + note;
    text += '\n';
    std::string line = "  from";
    for (std::size_t i = 0; i < stage.from.size(); ++i) {
      const ExplainedEdge& edge = stage.from[i];
      const std::string word = edge.from + (edge.output.empty() ? "" : '.' + edge.output) +
                               (edge.input.empty() ? "" : " as " + edge.input) +
                               (i + 1 < stage.from.size() ? "," : "");
      if (i > 0 && line.size() + 1 + word.size() > columns) {
        text += line + '\n';
        line = "      ";
      }
      line += ' ' + word;
    }
    if (!stage.from.empty()) text += line + '\n';
  }
  return text;
}

}  // namespace

std::vector<std::string> stage_notes(const ExplainedStage& stage) {
  std::vector<std::string> notes;
  if (stage.partitioned) notes.push_back('x' + std::to_string(stage.instances));
  if (stage.pool != "default") notes.push_back("pool " + stage.pool);
  return notes;
}

std::string graph_picture(const Explanation& explanation, const GraphLook& look) {
  std::string text;
  if (const auto picture = boxes_and_lines(explanation, look)) {
    text = *picture;
  } else {
    text = list(explanation, look.columns);
  }
  for (const ExplainedCallback& callback : explanation.callbacks) {
    text += "at " + callback.event + ": " + callback.task + '\n';
  }
  return text;
}

}  // namespace penstock
