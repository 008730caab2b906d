#include "cli/graph_formats.hpp"

#include <algorithm>
#include <string_view>

#include "cli/graph_picture.hpp"

namespace penstock {
namespace {

std::size_t number_of(const Explanation& explanation, const std::string& name) {
  const auto found = std::find_if(explanation.stages.begin(), explanation.stages.end(),
                                  [&](const ExplainedStage& stage) { return stage.name == name; });
  return static_cast<std::size_t>(found - explanation.stages.begin());
}

std::string node(std::size_t number) {
  return 's' + std::to_string(number);
}

std::string edge_label(const ExplainedEdge& edge) {
  if (edge.input.empty()) return edge.output;
  return edge.output.empty() ? "as " + edge.input : edge.output + " as " + edge.input;
}

// Name, task and notes, with `line_end` between them.
std::string node_label(const ExplainedStage& stage, std::string_view line_end) {
  std::string text = stage.name;
  text.append(line_end) += stage.task;
  for (const std::string& note : stage_notes(stage)) text.append(line_end) += note;
  return text;
}

// Within quotes. Entities stand for what either Mermaid or HTML would act upon.
std::string mermaid_text(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\n') {
      result += "<br/>";
    } else if (std::string_view("\"#<>&;`[](){}|").find(c) != std::string_view::npos) {
      result += '#' + std::to_string(static_cast<unsigned char>(c)) + ';';
    } else {
      result += c;
    }
  }
  return result;
}

std::string dot_text(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (c == '\n') {
      result += "\\n";
    } else {
      result += c;
    }
  }
  return result + '"';
}

}  // namespace

std::string graph_mermaid(const Explanation& explanation) {
  std::string text = "flowchart TD\n";
  for (std::size_t i = 0; i < explanation.stages.size(); ++i) {
    const ExplainedStage& stage = explanation.stages[i];
    const std::string label = mermaid_text(node_label(stage, "\n"));
    const bool end = stage.kind == "source" || stage.kind == "sink";
    text += "  " + node(i) + (end ? "([\"" + label + "\"])" : "[\"" + label + "\"]") + '\n';
  }
  for (std::size_t i = 0; i < explanation.stages.size(); ++i) {
    for (const ExplainedEdge& edge : explanation.stages[i].from) {
      const std::string label = edge_label(edge);
      text += "  " + node(number_of(explanation, edge.from)) + " -->" +
              (label.empty() ? "" : "|\"" + mermaid_text(label) + "\"|") + ' ' + node(i) + '\n';
    }
  }
  return text;
}

std::string graph_dot(const Explanation& explanation) {
  std::string text = "digraph " + dot_text(explanation.pipeline) + " {\n  node [shape=box];\n";
  for (std::size_t i = 0; i < explanation.stages.size(); ++i) {
    const ExplainedStage& stage = explanation.stages[i];
    const bool end = stage.kind == "source" || stage.kind == "sink";
    text += "  " + node(i) + " [label=" + dot_text(node_label(stage, "\n")) +
            (end ? ", style=rounded" : "") + "];\n";
  }
  for (std::size_t i = 0; i < explanation.stages.size(); ++i) {
    for (const ExplainedEdge& edge : explanation.stages[i].from) {
      const std::string label = edge_label(edge);
      text += "  " + node(number_of(explanation, edge.from)) + " -> " + node(i) +
              (label.empty() ? "" : " [label=" + dot_text(label) + "]") + ";\n";
    }
  }
  return text + "}\n";
}

}  // namespace penstock
