#include <boost/json.hpp>

#include "penstock/explanation.hpp"

namespace penstock {
namespace {

using boost::json::array;
using boost::json::object;

const char* origin_name(Origin origin) {
  constexpr const char* names[] = {"file", "option", "auto", "default"};
  return names[static_cast<std::size_t>(origin)];
}

object json_of(const ExplainedValue& value) {
  object result{{"name", value.name}, {"value", value.text}, {"origin", origin_name(value.origin)}};
  if (!value.place.empty()) result["place"] = value.place;
  array variables;
  for (const ExplainedVariable& variable : value.variables) {
    variables.push_back(object{{"name", variable.name}, {"from", variable.from}});
  }
  if (!variables.empty()) result["variables"] = std::move(variables);
  return result;
}

object json_of(const ExplainedEdge& edge) {
  return {{"from", edge.from}, {"output", edge.output}, {"input", edge.input}, {"type", edge.type}};
}

object json_of(const ExplainedPlugin& plugin) {
  return {{"name", plugin.name},
          {"version", plugin.version},
          {"build", plugin.build},
          {"path", plugin.path}};
}

array json_of(const std::vector<std::string>& texts) {
  return array(texts.begin(), texts.end());
}

object json_of(const ExplainedWorkers& workers) {
  return {{"pool", workers.pool},
          {"count", workers.count},
          {"pinned", workers.pinned},
          {"stages", json_of(workers.stages)}};
}

template <class Entry>
array json_of(const std::vector<Entry>& entries);

object json_of(const ExplainedPool& pool) {
  return {{"name", pool.name}, {"values", json_of(pool.values)}};
}

object json_of(const ExplainedShared& shared) {
  return {{"name", shared.name}, {"type", shared.type}, {"values", json_of(shared.values)}};
}

object json_of(const ExplainedStage& stage) {
  return {{"name", stage.name},
          {"task", stage.task},
          {"kind", stage.kind},
          {"pool", stage.pool},
          {"instances", stage.instances},
          {"partitioned", stage.partitioned},
          {"promise", stage.promise},
          {"from", json_of(stage.from)},
          {"values", json_of(stage.values)}};
}

object json_of(const ExplainedCallback& callback) {
  return {{"event", callback.event},
          {"task", callback.task},
          {"command", callback.command},
          {"stages", json_of(callback.stages)},
          {"values", json_of(callback.values)}};
}

template <class Entry>
array json_of(const std::vector<Entry>& entries) {
  array result;
  for (const Entry& entry : entries) result.push_back(json_of(entry));
  return result;
}

}  // namespace

std::string to_json(const Explanation& explanation) {
  const object result{{"version", 1},
                      {"pipeline", explanation.pipeline},
                      {"file", explanation.file},
                      {"processes", explanation.processes},
                      {"memory", explanation.memory},
                      {"private_memory", explanation.private_memory},
                      {"values", json_of(explanation.values)},
                      {"plugins", json_of(explanation.plugins)},
                      {"pools", json_of(explanation.pools)},
                      {"shared", json_of(explanation.shared)},
                      {"stages", json_of(explanation.stages)},
                      {"callbacks", json_of(explanation.callbacks)},
                      {"workers", json_of(explanation.workers)}};
  return boost::json::serialize(result);
}

std::string to_json(const ResumeExplanation& explanation) {
  boost::json::array stages;
  for (const ExplainedRerun& one : explanation.stages) {
    stages.push_back({{"stage", one.stage}, {"items", one.items}, {"seconds", one.seconds}});
  }
  return boost::json::serialize(boost::json::object{{"version", 1},
                                                    {"folder", explanation.folder},
                                                    {"unfinished", explanation.unfinished},
                                                    {"made", explanation.made},
                                                    {"ended", explanation.ended},
                                                    {"obstacle", explanation.obstacle},
                                                    {"changes", json_of(explanation.changes)},
                                                    {"inputs", json_of(explanation.inputs)},
                                                    {"stages", std::move(stages)}});
}

}  // namespace penstock
