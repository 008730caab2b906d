// Explanations of pipelines that are nothing but their graph.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "penstock/explanation.hpp"

namespace penstock {

inline ExplainedEdge edge(std::string from, std::string output = {}, std::string input = {}) {
  return {std::move(from), std::move(output), std::move(input), "text"};
}

using StageEdges = std::pair<std::string, std::vector<ExplainedEdge>>;

inline Explanation graph_of(const std::vector<StageEdges>& stages,
                            const std::string& task = "text.upper") {
  Explanation explanation;
  explanation.pipeline = "sample";
  for (const auto& [name, from] : stages) {
    ExplainedStage stage;
    stage.name = name;
    stage.task = task;
    stage.kind = from.empty() ? "source" : "transform";
    stage.pool = "default";
    stage.from = from;
    explanation.stages.push_back(std::move(stage));
  }
  return explanation;
}

}  // namespace penstock
