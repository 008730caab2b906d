#include "plan/arguments.hpp"

#include <penstock/plugin.h>

#include <algorithm>
#include <optional>
#include <set>

#include "base/suggest.hpp"
#include "base/units.hpp"

namespace penstock {
namespace {

std::string kind_in_words(std::uint32_t kind) {
  switch (kind) {
    case PENSTOCK_PARAM_BOOL:
      return "true or false";
    case PENSTOCK_PARAM_INT:
      return "a whole number";
    case PENSTOCK_PARAM_FLOAT:
      return "a number";
    case PENSTOCK_PARAM_DURATION:
      return "a duration, such as 250ms";
    case PENSTOCK_PARAM_SIZE:
      return "a size, such as 64MiB";
    case PENSTOCK_PARAM_SHARED:
      return "the name of a shared object";
    default:
      return "a text";
  }
}

bool is_text(const ParamDescription& param) {
  return param.kind == PENSTOCK_PARAM_TEXT || param.kind == PENSTOCK_PARAM_ENUM;
}

// What the parameter takes; one value can stand for a list of one.
std::string in_words(const ParamDescription& param) {
  return param.list() && is_text(param) ? "a list of texts" : kind_in_words(param.kind);
}

// What to write in the place of something that is no text, or no list of them. `item`: it stands in
// such a list.
std::string cure_of(const ParamDescription& param, const Node& node, bool item) {
  if (!is_text(param)) return {};
  if (node.is(Node::Kind::null)) {
    return param.list() && !item ? ""
                                 : "an empty text is written \"\", and the word null in quotes";
  }
  if (!node.is(Node::Kind::map) || !param.list()) return {};
  std::string example = "a, b";
  if (!param.secret() && !node.entries.empty() &&
      node.entries.front().value.is(Node::Kind::scalar)) {
    example = node.entries.front().key.value + '=' + node.entries.front().value.text;
  }
  return "write a list of texts, such as [" + example + ']';
}

std::string number_text(std::uint32_t kind, double number) {
  if (kind == PENSTOCK_PARAM_DURATION && number >= 0 && number < 9e18) {
    return duration_text(std::chrono::nanoseconds(static_cast<std::int64_t>(number)));
  }
  if (kind == PENSTOCK_PARAM_SIZE && number >= 0 && number < 9e18) {
    return size_text(static_cast<std::uint64_t>(number));
  }
  return real_text(number);
}

// One value of the kind, or an error with the end of a sentence about it.
Result<Scalar> parse_scalar(std::uint32_t kind, const std::string& text) {
  Scalar scalar;
  const auto integer = [&](const auto& parsed, auto value) -> Result<Scalar> {
    if (!parsed) return parsed.error();
    scalar.integer = static_cast<std::int64_t>(value(*parsed));
    scalar.real = static_cast<double>(scalar.integer);
    return scalar;
  };
  const auto itself = [](auto value) { return value; };
  switch (kind) {
    case PENSTOCK_PARAM_BOOL:
      return integer(parse_switch(text), itself);
    case PENSTOCK_PARAM_INT:
      return integer(parse_integer(text), itself);
    case PENSTOCK_PARAM_SIZE:
      return integer(parse_size(text), itself);
    case PENSTOCK_PARAM_DURATION:
      return integer(parse_duration(text), [](auto duration) { return duration.count(); });
    case PENSTOCK_PARAM_FLOAT: {
      const Result<double> real = parse_real(text);
      if (!real) return real.error();
      scalar.real = *real;
      return scalar;
    }
    default:
      scalar.text = text;
      return scalar;
  }
}

class ArgumentReader {
 public:
  ArgumentReader(const TaskUse& use, std::vector<std::string>& secrets, Findings& findings)
      : use_(use), secrets_(secrets), findings_(findings) {}

  std::optional<Argument> read(const ParamDescription& param, const Node& node);

 private:
  std::optional<Scalar> read_scalar(const ParamDescription& param, const Node& node,
                                    bool item = false);
  std::string range(const ParamDescription& param, double number) const;

  const TaskUse& use_;
  std::vector<std::string>& secrets_;
  Findings& findings_;
};

std::optional<Argument> ArgumentReader::read(const ParamDescription& param, const Node& node) {
  Argument argument{param.name, param.kind, {}};
  if (!param.list() || !node.is(Node::Kind::list)) {
    std::optional<Scalar> scalar = read_scalar(param, node);
    if (!scalar) return std::nullopt;
    argument.values.push_back(std::move(*scalar));
    return argument;
  }
  bool good = true;
  for (const Node& item : node.items) {
    std::optional<Scalar> scalar = read_scalar(param, item, true);
    good = good && scalar;
    if (good) argument.values.push_back(std::move(*scalar));
  }
  if (!good) return std::nullopt;
  return argument;
}

std::optional<Scalar> ArgumentReader::read_scalar(const ParamDescription& param, const Node& node,
                                                  bool item) {
  if (node.is(Node::Kind::unknown)) return std::nullopt;
  const std::string subject = "parameter " + ticked(param.name) + " of " + ticked(use_.task.value);
  if (!node.is(Node::Kind::scalar)) {
    findings_.add(node.mark,
                  subject + " is " + in_words(node) + ", not " +
                      (item ? kind_in_words(param.kind) : in_words(param)),
                  cure_of(param, node, item));
    return std::nullopt;
  }
  if (param.secret()) secrets_.push_back(node.text);
  const std::string is = subject + " is " + ticked(node.text);
  const Result<Scalar> scalar = parse_scalar(param.kind, node.text);
  if (!scalar) {
    findings_.add(node.mark, is + ", which " + scalar.error().what(), param.about);
    return std::nullopt;
  }
  const auto& choices = param.choices;
  if (param.kind == PENSTOCK_PARAM_ENUM &&
      std::find(choices.begin(), choices.end(), node.text) == choices.end()) {
    findings_.add(node.mark, is + ", not one of " + word_list(choices, "or"),
                  did_you_mean(node.text, choices));
    return std::nullopt;
  }
  const bool number =
      !is_text(param) && param.kind != PENSTOCK_PARAM_BOOL && param.kind != PENSTOCK_PARAM_SHARED;
  const std::string limits = number ? range(param, scalar->real) : "";
  if (!limits.empty()) {
    findings_.add(node.mark, is + ", which is out of range: it can be " + limits, param.about);
    return std::nullopt;
  }
  return *scalar;
}

// The range of the parameter in words if `number` is outside of it.
std::string ArgumentReader::range(const ParamDescription& param, double number) const {
  const bool has_least = (param.flags & PENSTOCK_PARAM_HAS_MIN) != 0;
  const bool has_most = (param.flags & PENSTOCK_PARAM_HAS_MAX) != 0;
  const bool inside =
      (!has_least || number >= param.minimum) && (!has_most || number <= param.maximum);
  if (inside) return {};
  const std::string least = number_text(param.kind, param.minimum);
  const std::string most = number_text(param.kind, param.maximum);
  if (has_least && has_most) return "from " + least + " to " + most;
  return has_least ? least + " or more" : most + " or less";
}

}  // namespace

std::vector<Argument> read_arguments(const TaskUse& use, const TaskDescription& task,
                                     std::vector<std::string>& secrets, Findings& findings) {
  std::vector<Argument> arguments;
  std::vector<std::string> names;
  for (const ParamDescription& param : task.params) names.push_back(param.name);

  std::set<std::string> meant;  // by names that are near to theirs
  ArgumentReader reader(use, secrets, findings);
  for (const Entry& entry : use.with) {
    const std::string& name = entry.key.value;
    const auto param = std::find(names.begin(), names.end(), name);
    if (param == names.end()) {
      const std::string near = did_you_mean(name, names);
      if (!near.empty()) meant.insert(*nearest(name, names));
      findings.add(entry.key.mark, ticked(use.task.value) + " has no parameter " + ticked(name),
                   !near.empty()   ? near
                   : names.empty() ? "it has no parameters"
                                   : "it has " + word_list(names));
      continue;
    }
    const auto index = static_cast<std::size_t>(param - names.begin());
    if (auto argument = reader.read(task.params[index], entry.value)) {
      arguments.push_back(std::move(*argument));
    }
  }
  for (const ParamDescription& param : task.params) {
    const bool given = std::any_of(use.with.begin(), use.with.end(), [&](const Entry& entry) {
      return entry.key.value == param.name;
    });
    if (!param.required() || given || meant.count(param.name) != 0 || !use.with_readable) continue;
    findings.add(
        use.task.mark,
        ticked(use.task.value) + " needs the parameter " + ticked(param.name) + ", " +
            in_words(param) + ", which " + use.user + " does not set",
        "with: {" + param.name + ": …}" + (param.about.empty() ? "" : "   # " + param.about));
  }
  return arguments;
}

}  // namespace penstock
