#include "spec/variables.hpp"

#include <algorithm>

#include "base/suggest.hpp"
#include "base/utf8.hpp"

namespace penstock {
namespace {

constexpr std::size_t largest_value = 1u << 20;
constexpr std::size_t largest_whole = 16u << 20;
constexpr std::size_t largest_secret = 64u << 10;
constexpr unsigned deepest = 32;

bool is_variable_name(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && letter(name[0]) && std::all_of(name.begin(), name.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9');
  });
}

// Of the `}` that closes the `${` at `begin`.
std::size_t closing(const std::string& text, std::size_t begin) {
  std::size_t open = 0;
  for (std::size_t i = begin; i < text.size(); ++i) {
    if (text[i] == '$' && i + 1 < text.size() && text[i + 1] == '{') ++open;
    if (text[i] == '}' && --open == 0) return i;
  }
  return std::string::npos;
}

}  // namespace

Variables::Variables(const Sources& sources, Environment environment, Findings& findings)
    : sources_(sources), environment_(std::move(environment)), findings_(findings) {}

void Variables::set(const std::vector<std::pair<std::string, std::string>>& overrides) {
  for (const auto& [name, value] : overrides) {
    if (!is_variable_name(name)) {
      findings_.add_option(
          "--set", ticked(name) + " is no name of a variable",
          "a name has letters, digits and `_`, and begins with no digit: --set NAME=VALUE");
      continue;
    }
    if (valid_utf8(value) != value.size()) {
      findings_.add_option("--set", "the value of `" + name + "` is no UTF-8");
      continue;
    }
    Definition definition;
    definition.outside = true;
    definition.value = value;
    definitions_[name] = std::move(definition);
  }
}

void Variables::define(const Node& map, const std::string& owner) {
  if (map.is(Node::Kind::unknown) || map.is(Node::Kind::null)) return;
  if (!map.is(Node::Kind::map)) {
    findings_.add(map.mark, owner + " is " + in_words(map) + ", not a map of names and values");
    return;
  }
  for (const Entry& entry : map.entries) {
    const std::string& name = entry.key.value;
    if (!is_variable_name(name)) {
      findings_.add(entry.key.mark, ticked(name) + " is no name of a variable",
                    "a name has letters, digits and `_`, and begins with no digit");
      continue;
    }
    Definition definition;
    definition.text = {entry.value.text, entry.value.mark};
    definition.readable = entry.value.is(Node::Kind::scalar);
    if (!definition.readable && !entry.value.is(Node::Kind::unknown)) {
      findings_.add(entry.value.mark,
                    "the variable `" + name + "` is " + in_words(entry.value) + ", not a text",
                    "a variable is one text or number; an empty text is written \"\"");
    }
    const auto [known, added] = definitions_.emplace(name, std::move(definition));
    if (!added && known->second.outside) asked_.insert(name);
  }
}

void Variables::expand(Node& node) {
  for (Node& item : node.items) expand(item);
  for (Entry& entry : node.entries) expand(entry.value);
  if (!node.is(Node::Kind::scalar) || node.text.find("${") == std::string::npos) return;
  scalar_ = node.mark;
  std::optional<std::string> text = expand_text(node.text, node.mark, 0);
  scalar_.reset();
  if (text) {
    const bool fitted = produced_ <= largest_whole;
    produced_ += text->size();
    if (produced_ > largest_whole) {
      if (fitted) {
        findings_.add(node.mark, "the values of `${…}` up to here make the file too large",
                      "let tasks read large texts from files instead");
      }
      text.reset();
    }
  }
  if (text) {
    node.text = std::move(*text);
  } else {
    node.kind = Node::Kind::unknown;
  }
}

std::optional<std::string> Variables::expand_text(const std::string& text, Mark mark,
                                                  unsigned depth) {
  std::string result;
  bool good = true;
  std::size_t at = 0;
  while (good && at < text.size()) {
    const std::size_t begin = text.find("${", at);
    if (begin == std::string::npos) break;
    if (begin > at && text[begin - 1] == '$') {
      result.append(text, at, begin - 1 - at).append("${");
      at = begin + 2;
      continue;
    }
    result.append(text, at, begin - at);
    const std::size_t end = closing(text, begin);
    if (end == std::string::npos) {
      findings_.add(place_of(text.substr(begin), mark), "this `${` has no `}`",
                    "write ${NAME}, or $${ for a plain `${`");
      return std::nullopt;
    }
    const std::string whole = text.substr(begin, end + 1 - begin);
    const std::optional<std::string> value =
        evaluate(whole.substr(2, whole.size() - 3), place_of(whole, mark), depth);
    good = value.has_value();
    if (good) result += *value;
    if (result.size() > largest_value) {
      findings_.add(place_of(whole, mark), "the value of `" + whole + "` is too large",
                    "let tasks read large texts from files instead");
      return std::nullopt;
    }
    at = end + 1;
  }
  if (!good) return std::nullopt;
  return result.append(text, std::min(at, text.size()), std::string::npos);
}

// `inside` is what stands between the brackets.
std::optional<std::string> Variables::evaluate(const std::string& inside, Mark mark,
                                               unsigned depth) {
  if (depth > deepest) {
    findings_.add(mark, "`${…}` is nested more than " + std::to_string(deepest) + " deep",
                  "give the inner ones names of their own under `vars`");
    return std::nullopt;
  }
  if (inside.rfind("file:", 0) == 0) {
    note_use(inside, "file");
    return read_secret(inside.substr(5), mark);
  }

  const std::size_t separator = inside.find(":-");
  const std::string name = inside.substr(0, separator);
  if (!is_variable_name(name)) {
    findings_.add(mark, "`${" + inside + "}` cannot be understood",
                  "the forms are ${NAME}, ${NAME:-default} and ${file:PATH}; $${ is a plain `${`");
    return std::nullopt;
  }
  bool defined = false;
  std::optional<std::string> value = look_up(name, mark, depth, &defined);
  if (separator != std::string::npos && (!defined || (value && value->empty()))) {
    note_use(name, "default");
    return expand_text(inside.substr(separator + 2), mark, depth + 1);
  }
  if (defined) note_use(name, giver_of(name));
  if (!defined) {
    findings_.add(
        mark,
        "`${" + name + "}` is defined nowhere: not by --set, --vars, `vars` or the environment",
        cure_of_undefined(name));
  }
  return value;
}

void Variables::note_use(const std::string& name, std::string from) {
  if (scalar_) uses_.push_back({*scalar_, name, std::move(from)});
}

std::string Variables::giver_of(const std::string& name) const {
  const auto found = definitions_.find(name);
  if (found == definitions_.end()) return "environment";
  if (found->second.outside) return "--set";
  const Mark mark = found->second.text.mark;
  return sources_[mark.file].name() + ':' + std::to_string(mark.line);
}

std::string Variables::cure_of_undefined(const std::string& name) const {
  if (findings_.full()) return {};
  std::vector<std::string> names;
  for (const auto& [known, definition] : definitions_) names.push_back(known);
  const std::string near = did_you_mean(name, names);
  return near.empty() ? "run with --set " + name + "=VALUE, or write ${" + name + ":-default}"
                      : near;
}

// `*defined` tells a name that is not there from one whose value has a finding of its own.
std::optional<std::string> Variables::look_up(const std::string& name, Mark mark, unsigned depth,
                                              bool* defined) {
  asked_.insert(name);
  const auto found = definitions_.find(name);
  if (found == definitions_.end()) {
    std::optional<std::string> value = environment_(name);
    *defined = value.has_value();
    if (value && valid_utf8(*value) != value->size()) {
      findings_.add(mark, "the environment's `" + name + "` is no UTF-8",
                    "give it with --set " + name + "=VALUE");
      return std::nullopt;
    }
    return value;
  }
  *defined = true;
  Definition& definition = found->second;
  if (definition.value || !definition.readable) return definition.value;
  if (definition.busy) {
    findings_.add(definition.text.mark, "the variable `" + name + "` is defined by itself",
                  "give it a value that does not lead back to it");
    return std::nullopt;
  }
  definition.busy = true;
  const std::optional<Mark> scalar = std::exchange(scalar_, std::nullopt);
  definition.value = expand_text(definition.text.value, definition.text.mark, depth + 1);
  definition.busy = false;
  scalar_ = scalar;
  definition.readable = definition.value.has_value();
  return definition.value;
}

std::optional<std::string> Variables::read_secret(const std::string& path, Mark mark) {
  Result<std::string> text = read_text_file(path, largest_secret);
  if (!text) {
    findings_.add(mark, "`${file:" + path + "}`: the file " + text.error().what(),
                  "paths are relative to the working directory");
    return std::nullopt;
  }
  if (valid_utf8(*text) != text->size()) {
    findings_.add(mark, "`${file:" + path + "}`: the file is no UTF-8");
    return std::nullopt;
  }
  if (!text->empty() && text->back() == '\n') text->pop_back();
  if (!text->empty() && text->back() == '\r') text->pop_back();
  if (!text->empty() && std::find(secrets_.begin(), secrets_.end(), *text) == secrets_.end()) {
    secrets_.push_back(*text);
  }
  return std::move(*text);
}

// Where `text` stands in the line of the scalar that holds it; escapes can hide it.
Mark Variables::place_of(const std::string& text, Mark scalar) const {
  const std::string_view line = sources_[scalar.file].line(scalar.line);
  const std::size_t from = std::min<std::size_t>(scalar.column - 1, line.size());
  const std::size_t found = line.find(text, from);
  if (found != std::string_view::npos) scalar.column = static_cast<std::uint32_t>(found) + 1;
  return scalar;
}

void Variables::report_unused() {
  for (const auto& [name, definition] : definitions_) {
    if (!definition.outside || asked_.count(name) != 0) continue;
    const std::string near = did_you_mean(name, {asked_.begin(), asked_.end()});
    findings_.add_option("--set", "the pipeline file has no `${" + name + "}`",
                         near.empty() ? "remove it, or use it in the file" : near);
  }
}

}  // namespace penstock
