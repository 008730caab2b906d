// The values of one part of a pipeline, each with the place it comes from: a Mark of the pipeline
// file and the variables that stand there, or what else has decided on it. Secrets are masked.
// Plain state; one thread.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "penstock/explanation.hpp"
#include "spec/spec.hpp"

namespace penstock {

template <class T>
std::optional<Mark> mark_of(const Given<T>& given) {
  return given ? std::optional(given->mark) : std::nullopt;
}

template <class T>
std::optional<Mark> mark_of(const std::vector<Marked<T>>& given) {
  return given.empty() ? std::nullopt : std::optional(given.front().mark);
}

// A text as it would be written in the file: in quotes if there is no letter or digit in it.
std::string as_written(const std::string& text);

class ValueTable {
 public:
  ValueTable(const Spec& spec, const std::vector<std::string>& secrets)
      : spec_(spec), secrets_(secrets) {}

  // From the place in the file; without one it is the default.
  void add(std::string name, const std::string& text, std::optional<Mark> mark);
  // A whole node of the file, which may be a list.
  void add_node(std::string name, const Node& node, bool secret);
  // Whoever else has decided: an option, or the machine.
  void add_from(std::string name, std::string text, Origin origin, std::string place);

  std::string place_of(Mark mark) const;  // "words.yaml:9"
  std::vector<ExplainedValue> take() { return std::move(values_); }

 private:
  void add_variables(ExplainedValue& value, const Node& node) const;
  void add_variables(ExplainedValue& value, Mark mark) const;

  const Spec& spec_;
  const std::vector<std::string>& secrets_;
  std::vector<ExplainedValue> values_;
};

}  // namespace penstock
