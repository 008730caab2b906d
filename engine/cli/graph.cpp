#include "cli/graph.hpp"

#include <unistd.h>

#include "cli/graph_formats.hpp"
#include "cli/graph_picture.hpp"
#include "cli/output.hpp"
#include "cli/pipeline_options.hpp"
#include "observe/terminal.hpp"

namespace penstock {
namespace {

constexpr const char* example =
    R"(A picture that does not fit into the terminal, or 80 columns, becomes a list.

example:
  penstock graph configs/wordcount.yaml
  penstock graph configs/wordcount.yaml --format dot | dot -Tsvg -o graph.svg
)";

// In the order of GraphFormat.
const Words formats{"text", "mermaid", "dot"};

}  // namespace

std::optional<std::string> GraphCommand::read(const Words& words) {
  Options options("graph", "Draws the stages of a pipeline and who reads from whom.");
  PipelineWords given(options, file);
  auto chosen = static_cast<std::size_t>(format);
  options.choice("--format", formats, "how to draw it", chosen);
  options.flag("--ascii", "with no characters beyond ASCII", ascii);
  options.example(example);
  std::optional<std::string> help = options.read(words);
  pipeline = given.take();
  format = static_cast<GraphFormat>(chosen);
  return help;
}

Status GraphCommand::perform() const {
  const Pipeline loaded = Pipeline::load(file, pipeline);
  if (tell_findings(loaded)) return Status::refused;
  const Explanation explanation = loaded.explain();
  switch (format) {
    case GraphFormat::text: {
      const Look look = Terminal(STDOUT_FILENO).look();
      print(graph_picture(explanation, {look.columns, ascii || !look.utf8}));
      break;
    }
    case GraphFormat::mermaid:
      print(graph_mermaid(explanation));
      break;
    case GraphFormat::dot:
      print(graph_dot(explanation));
      break;
  }
  return Status::done;
}

}  // namespace penstock
