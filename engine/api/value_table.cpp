#include "api/value_table.hpp"

#include <algorithm>
#include <penstock/json.hpp>

#include "spec/finding.hpp"

namespace penstock {
namespace {

constexpr const char* secret_text = "***";

// As it would be written in the file; a list in brackets.
std::string text_of(const Node& node) {
  if (node.is(Node::Kind::scalar)) return as_written(node.text);
  std::string text = "[";
  for (const Node& item : node.items) text += (text.size() > 1 ? ", " : "") + text_of(item);
  return text + ']';
}

}  // namespace

std::string as_written(const std::string& text) {
  const bool tells = std::any_of(text.begin(), text.end(), [](unsigned char c) {
    return c >= 0x80 || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
  });
  if (tells) return text;
  std::string quoted;
  write_json_text(quoted, text);
  return quoted;
}

void ValueTable::add(std::string name, const std::string& text, std::optional<Mark> mark) {
  ExplainedValue value{std::move(name), masked(text, secrets_), Origin::builtin, {}, {}};
  if (mark && mark->line > 0) {
    value.origin = Origin::file;
    value.place = place_of(*mark);
    add_variables(value, *mark);
  }
  values_.push_back(std::move(value));
}

void ValueTable::add_node(std::string name, const Node& node, bool secret) {
  ExplainedValue value{std::move(name),
                       secret ? secret_text : masked(text_of(node), secrets_),
                       Origin::file,
                       place_of(node.mark),
                       {}};
  add_variables(value, node);
  values_.push_back(std::move(value));
}

void ValueTable::add_from(std::string name, std::string text, Origin origin, std::string place) {
  values_.push_back({std::move(name), std::move(text), origin, std::move(place), {}});
}

std::string ValueTable::place_of(Mark mark) const {
  return spec_.sources[mark.file].name() + ':' + std::to_string(mark.line);
}

void ValueTable::add_variables(ExplainedValue& value, const Node& node) const {
  if (node.is(Node::Kind::scalar)) add_variables(value, node.mark);
  for (const Node& item : node.items) add_variables(value, item);
}

void ValueTable::add_variables(ExplainedValue& value, Mark mark) const {
  for (const VariableUse& use : spec_.variables) {
    if (!(use.mark == mark)) continue;
    const bool known =
        std::any_of(value.variables.begin(), value.variables.end(),
                    [&](const ExplainedVariable& variable) { return variable.name == use.name; });
    if (!known) value.variables.push_back({use.name, use.from});
  }
}

}  // namespace penstock
