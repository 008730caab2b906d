#include "plugin/descriptor.hpp"

#include <penstock/plugin.h>
#include <penstock/type.hpp>

#include <algorithm>

#include "base/units.hpp"
#include "base/utf8.hpp"

namespace penstock {
namespace {

bool has(std::uint32_t flags, std::uint32_t flag) {
  return (flags & flag) != 0;
}

// [a-z][a-z0-9_]*, and short enough to be a part of a file name.
bool is_name(std::string_view text) {
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto rest = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_'; };
  return !text.empty() && text.size() <= 200 && letter(text.front()) &&
         std::all_of(text.begin(), text.end(), rest);
}

Error refused(const std::string& place, const std::string& text) {
  return Error(Status::refused, place.empty() ? text : place + ": " + text);
}

Error bad_name(const std::string& place, std::string_view name) {
  std::string text = place + ": '" + printable(name);
  text += "' is not a name: a lower-case letter, then lower-case letters, digits and _";
  return Error(Status::refused, text);
}

// A second element of the name of an earlier one.
template <class Element>
const Element* find_twin(const std::vector<Element>& elements) {
  for (std::size_t i = 1; i < elements.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (elements[k].name == elements[i].name) return &elements[i];
    }
  }
  return nullptr;
}

Result<void> check_text(const std::string& place, std::string_view what, std::string_view text) {
  if (valid_utf8(text) == text.size()) return {};
  return refused(place, std::string(what) + " is not UTF-8");
}

Result<void> check_choices(const std::string& place, const ParamDescription& param) {
  if (param.kind == PENSTOCK_PARAM_SHARED) {
    if (param.choices.size() == 3 && !param.choices[0].empty() && parse_count(param.choices[2])) {
      return {};
    }
    return refused(place, "does not say which shared object it takes");
  }
  const bool has_choices = !param.choices.empty();
  if (has_choices != (param.kind == PENSTOCK_PARAM_ENUM)) {
    return refused(place,
                   has_choices ? "has choices, but is not an enum" : "is an enum of nothing");
  }
  for (const std::string& choice : param.choices) {
    if (auto good = check_text(place, "a choice", choice); !good) return good;
  }
  const bool single = !param.list() && has_choices && !param.fallback.empty();
  if (single && std::find(param.choices.begin(), param.choices.end(), param.fallback) ==
                    param.choices.end()) {
    return refused(place, "its default '" + param.fallback + "' is not one of its choices");
  }
  return {};
}

Result<void> check_param(const std::string& task, const ParamDescription& param) {
  if (!is_name(param.name)) return bad_name(task, param.name);
  const std::string place = task + ": parameter '" + param.name + "'";
  if (param.kind < PENSTOCK_PARAM_BOOL || param.kind > PENSTOCK_PARAM_SHARED) {
    return refused(place, "is of the unknown kind " + std::to_string(param.kind));
  }
  if (auto good = check_text(place, "what it is about", param.about); !good) return good;
  if (auto good = check_text(place, "its default", param.fallback); !good) return good;
  if (param.output_file() && (param.kind != PENSTOCK_PARAM_TEXT || param.list())) {
    return refused(place, "is the path of an output, but not one text");
  }
  const bool limited =
      has(param.flags, PENSTOCK_PARAM_HAS_MIN) && has(param.flags, PENSTOCK_PARAM_HAS_MAX);
  if (limited && !(param.minimum <= param.maximum)) {
    return refused(place, "its minimum is greater than its maximum");
  }
  return check_choices(place, param);
}

Result<void> check_ports(const std::string& task, const char* direction,
                         const std::vector<PortDescription>& ports) {
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const PortDescription& port = ports[i];
    const std::string place =
        task + ": " + direction + (port.name.empty() ? "" : " '" + printable(port.name) + "'");
    const bool main = i == 0 && port.name.empty();
    if (!main && !is_name(port.name)) return bad_name(task + ": " + direction, port.name);
    std::string reason;
    if (!parse_type(port.type, &reason)) return refused(place, printable(reason));
    if (auto good = check_text(place, "what it is about", port.about); !good) return good;
  }
  if (const auto* twin = find_twin(ports)) {
    return refused(task, std::string("two ") + direction + "s are called '" + twin->name + "'");
  }
  return {};
}

Result<void> check_kind(const std::string& place, const TaskDescription& task) {
  const bool source = task.kind == TaskKind::source;
  const bool sink = task.kind == TaskKind::sink;
  const auto wrong = [&](const char* text) {
    return refused(place, "a " + std::string(to_string(task.kind)) + " " + text);
  };
  if (source != task.inputs.empty()) return wrong(source ? "has no input" : "needs an input");
  if (sink && !task.outputs.empty()) return wrong("has no output");
  if (source && task.outputs.empty()) return wrong("needs an output");
  if (task.has_commit() && !sink) return wrong("cannot commit: only a sink can");
  if (task.has_snapshot() && !source && task.kind != TaskKind::stateful) {
    return wrong("has no snapshot: only a source or a stateful task has");
  }
  if (task.atomic_run() && !sink) return wrong("has no atomic run: only a sink has");
  if (task.rolls_back() && !task.has_commit()) return wrong("without commit cannot roll back");
  if (task.reads_input() && !source) return wrong("cannot read standard input: only a source can");
  if (task.takes_batch() && source) return wrong("takes nothing, and so no batch");
  return {};
}

Result<void> check_task(const TaskDescription& task) {
  if (!is_name(task.name)) return bad_name("task", task.name);
  const std::string place = "task '" + task.name + "'";
  if (task.kind < TaskKind::source || task.kind > TaskKind::sink) {
    return refused(
        place, "is of the unknown kind " + std::to_string(static_cast<std::uint32_t>(task.kind)));
  }
  if (auto good = check_text(place, "what it is about", task.about); !good) return good;
  if (auto good = check_kind(place, task); !good) return good;
  if (auto good = check_ports(place, "input", task.inputs); !good) return good;
  if (auto good = check_ports(place, "output", task.outputs); !good) return good;
  for (const ParamDescription& param : task.params) {
    if (auto good = check_param(place, param); !good) return good;
  }
  if (const auto* twin = find_twin(task.params)) {
    return refused(place, "two parameters are called '" + twin->name + "'");
  }
  return {};
}

}  // namespace

std::string_view to_string(TaskKind kind) {
  switch (kind) {
    case TaskKind::source:
      return "source";
    case TaskKind::transform:
      return "transform";
    case TaskKind::stateful:
      return "stateful task";
    case TaskKind::sink:
      return "sink";
  }
  return "task";
}

bool ParamDescription::required() const {
  return has(flags, PENSTOCK_PARAM_REQUIRED);
}
bool ParamDescription::list() const {
  return has(flags, PENSTOCK_PARAM_LIST);
}
bool ParamDescription::secret() const {
  return has(flags, PENSTOCK_PARAM_SECRET);
}
bool ParamDescription::output_file() const {
  return has(flags, PENSTOCK_PARAM_OUTPUT);
}

bool PortDescription::keyless() const {
  return has(flags, PENSTOCK_PORT_KEYLESS);
}

bool TaskDescription::has_snapshot() const {
  return has(flags, PENSTOCK_HAS_SNAPSHOT);
}
bool TaskDescription::has_commit() const {
  return has(flags, PENSTOCK_HAS_COMMIT);
}
bool TaskDescription::takes_batch() const {
  return has(flags, PENSTOCK_TAKES_BATCH);
}
bool TaskDescription::atomic_run() const {
  return has(flags, PENSTOCK_ATOMIC_RUN);
}
bool TaskDescription::rolls_back() const {
  return has(flags, PENSTOCK_ROLLS_BACK);
}
bool TaskDescription::reads_input() const {
  return has(flags, PENSTOCK_READS_INPUT);
}

const TaskDescription* PluginDescription::find(std::string_view task) const {
  const auto found = std::find_if(tasks.begin(), tasks.end(),
                                  [&](const TaskDescription& it) { return it.name == task; });
  return found == tasks.end() ? nullptr : &*found;
}

Result<void> check_description(const PluginDescription& plugin) {
  if (!is_name(plugin.name)) return bad_name("the plugin", plugin.name);
  if (auto good = check_text("", "its version", plugin.version); !good) return good;
  if (auto good = check_text("", "what it is about", plugin.about); !good) return good;
  if (plugin.tasks.empty()) return refused("", "it has no tasks");
  for (const TaskDescription& task : plugin.tasks) {
    if (auto good = check_task(task); !good) return good;
  }
  if (const auto* twin = find_twin(plugin.tasks)) {
    return refused("", "two tasks are called '" + twin->name + "'");
  }
  return {};
}

}  // namespace penstock
