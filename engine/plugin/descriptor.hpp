// What a plugin says of itself, as plain values: made by a probe process from the C tables
// (<penstock/plugin.h>) and carried to the engine, which never opens a plugin itself. A description
// that decode() or describe() gives has passed check_description().
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace penstock {

enum class TaskKind : std::uint32_t { source = 1, transform = 2, stateful = 3, sink = 4 };

std::string_view to_string(TaskKind kind);

struct ParamDescription {
  std::string name;
  std::uint32_t kind = 0;   // penstock_param_kind
  std::uint32_t flags = 0;  // penstock_param_flags
  std::string about;
  std::string fallback;  // as a person would write it; empty: none
  std::vector<std::string> choices;
  double minimum = 0;
  double maximum = 0;

  bool required() const;
  bool list() const;
  bool secret() const;
  bool output_file() const;
  bool operator==(const ParamDescription&) const = default;
};

struct PortDescription {
  std::string name;  // empty: the main one
  std::string type;  // grammar of <penstock/plugin.h>
  std::string about;
  std::uint32_t flags = 0;  // penstock_port_flags

  bool keyless() const;  // an output on which no value comes with a key
  bool operator==(const PortDescription&) const = default;
};

struct TaskDescription {
  std::string name;  // without the plugin's
  TaskKind kind = TaskKind::transform;
  std::uint32_t flags = 0;  // penstock_task_flags
  std::string about;
  std::vector<PortDescription> inputs;
  std::vector<PortDescription> outputs;
  std::vector<ParamDescription> params;

  bool has_snapshot() const;
  bool has_commit() const;
  bool takes_batch() const;
  bool reads_input() const;
  bool atomic_run() const;
  bool rolls_back() const;
  bool operator==(const TaskDescription&) const = default;
};

struct PluginDescription {
  std::string path;  // of the library
  std::string name;
  std::string version;
  std::string about;
  std::string build_id;  // GNU build id in hex; empty if the library has none
  std::uint32_t abi_major = 0;
  std::uint32_t abi_minor = 0;
  std::vector<TaskDescription> tasks;

  const TaskDescription* find(std::string_view task) const;
  bool operator==(const PluginDescription&) const = default;
};

// Names, types, kinds and what has to fit together. Fails with the status `refused` and a text that
// begins with the place, such as "task 'count': parameter 'size': ...".
Result<void> check_description(const PluginDescription& plugin);

// The bytes in which a probe sends a description; the reader trusts nothing in them.
std::string encode(const PluginDescription& plugin);
Result<PluginDescription> decode_description(std::string_view bytes);

// What a probe writes, one byte before each step, so that its silence can be understood: `loading`,
// `describing`, then `description` or `refusal` with the encoded description or a text behind it.
enum class ProbeMark : char {
  loading = 'l',
  describing = 'd',
  description = 'D',
  refusal = 'R',
};

// One parameter that the pipeline file sets, checked against its description.
struct Scalar {
  std::int64_t integer = 0;
  double real = 0;
  std::string text;
};

struct Argument {
  std::string name;
  std::uint32_t kind = 0;  // penstock_param_kind
  std::vector<Scalar> values;
};

}  // namespace penstock
