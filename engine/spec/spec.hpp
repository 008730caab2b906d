// A pipeline file as values: what its author wrote, checked key by key and read as each key's type,
// with the place of everything for later findings. Defaults are not in it; what plugins and stages
// have to do with each other is the plan's affair.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "spec/node.hpp"

namespace penstock {

template <class T>
using Given = std::optional<Marked<T>>;

struct RecycleSpec {
  Given<std::uint64_t> items;
  Given<std::uint64_t> memory;
};

struct EnvironmentSpec {
  Marked<std::string> name;
  std::string value;
};

struct PoolSpec {
  Marked<std::string> name;
  Given<std::uint64_t> processes;  // 0: auto
  Given<std::uint64_t> memory;
  RecycleSpec recycle;
  Given<std::chrono::milliseconds> grace;
  std::vector<EnvironmentSpec> env;
};

struct QueueSpec {
  Mark mark;
  Given<std::uint64_t> items;
  Given<std::uint64_t> bytes;
};

struct RetrySpec {
  Mark mark;
  Given<std::uint64_t> attempts;
  Given<std::chrono::milliseconds> backoff;
  Given<std::chrono::milliseconds> max_backoff;
  std::vector<Marked<std::string>> outcomes;  // failed, crashed, timed_out; empty: all of them
};

struct SnapshotSpec {
  Mark mark;
  Given<std::chrono::milliseconds> every;
  Given<std::uint64_t> bytes;
};

struct StageSpec {
  Marked<std::string> name;
  Marked<std::string> task;  // plugin.task; empty: it could not be read and has its finding
  std::vector<Marked<std::string>> from;
  bool from_readable = true;  // false: some of `from` could not be read
  Mark from_mark;             // line 0: no `from` is there
  std::vector<Entry> with;
  bool with_readable = true;
  Given<std::string> pool;
  Given<std::uint64_t> parallel;
  std::optional<QueueSpec> queue;
  Given<std::chrono::milliseconds> timeout;
  std::optional<RetrySpec> retry;
  Given<std::string> on_failure;  // dead_letter, skip, stop
  Given<std::string> on_death;    // replay, stop
  Given<std::uint64_t> max_output;
  std::optional<SnapshotSpec> snapshot;

  std::string plugin_name() const { return task.value.substr(0, task.value.find('.')); }
  std::string task_name() const { return task.value.substr(task.value.find('.') + 1); }
};

struct Spec {
  Sources sources;  // the pipeline file, then the file of --vars if there is one
  Marked<std::string> pipeline;
  std::vector<Marked<std::string>> plugins;  // names, or paths as they were written
  std::vector<PoolSpec> pools;
  std::vector<StageSpec> stages;
  Given<std::uint64_t> memory;
  std::vector<std::string> secrets;  // values of ${file:…}, never to be shown
};

}  // namespace penstock
