// A pipeline file as values: what its author wrote, checked key by key and read as each key's type,
// with the place of everything for later findings. Defaults are not in it; what plugins and stages
// have to do with each other is the plan's affair.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
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

struct SandboxSpec {
  Mark mark;
  Given<bool> network;
  std::optional<Mark> files_mark;  // of `filesystem`
  bool read_only = false;          // else it is a list
  std::vector<Marked<std::string>> paths;
};

struct PoolSpec {
  Marked<std::string> name;
  Given<std::uint64_t> processes;  // 0: auto
  Given<std::uint64_t> memory;
  RecycleSpec recycle;
  Given<std::chrono::milliseconds> grace;
  Given<std::int64_t> nice;
  std::vector<Marked<std::uint64_t>> cpus;  // numbers of cores, each once; empty: all
  std::vector<EnvironmentSpec> env;
  std::optional<SandboxSpec> sandbox;
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

// One word of `from`: STAGE or STAGE.OUTPUT.
struct EdgeSpec {
  Marked<std::string> stage;
  std::string output;         // empty: the main one
  Marked<std::string> input;  // of the reader's task; empty: `from` names none
};

struct PartitionSpec {
  Mark mark;
  Given<std::uint64_t> instances;
  Given<std::string> by;  // none: the key that is given to emit
};

struct BatchSpec {
  Mark mark;
  Given<std::uint64_t> items;
  Given<std::uint64_t> bytes;
  Given<std::chrono::milliseconds> wait;
};

struct StageSpec {
  Marked<std::string> name;
  Marked<std::string> task;  // plugin.task; empty: it could not be read and has its finding
  std::vector<EdgeSpec> from;
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
  std::optional<PartitionSpec> partition;
  Given<bool> ordered;
  std::optional<BatchSpec> batch;
  Given<double> rate;                       // items a second
  std::vector<Marked<std::string>> ignore;  // outputs that nobody is to read
};

// One entry under `callbacks`: a task, or a command (never both).
struct CallbackSpec {
  Marked<std::string> event;  // item_done, item_failed, stage_done, run_done
  Mark mark;
  Given<std::string> task;  // plugin.task
  std::vector<Entry> with;  // of the task
  bool with_readable = true;
  std::vector<Marked<std::string>> exec;  // the command and its arguments
  std::vector<Marked<std::string>> stages;
  Given<std::string> overflow;  // wait, drop
  Given<std::chrono::milliseconds> timeout;
};

// One entry under `shared`. Which of the keys it can have depends on its type.
struct SharedSpec {
  Marked<std::string> name;
  Given<std::string> type;     // value, array, memory, mutex, ..., queue, map
  Given<std::string> of;       // what it holds
  Given<std::string> initial;  // a number, or true or false
  Given<std::uint64_t> size;   // elements, or messages
  Given<std::uint64_t> bytes;
  Given<std::uint64_t> parties;
  Given<std::chrono::milliseconds> timeout;
};

// What is made to happen to an item of a test.
struct FaultSpec {
  Mark mark;
  Marked<std::string> kind;  // one of fault_kinds()
  Given<std::uint64_t> item;
  Given<std::uint64_t> times;           // in so many of its first attempts; none: in one
  Given<std::chrono::milliseconds> by;  // slow
};

const std::vector<std::string>& fault_kinds();

// One entry under `tests`. What its values are, the stage's task says.
struct TestSpec {
  Marked<std::string> name;
  Given<std::string> stage;
  std::optional<Node> input;   // a list, or a map of lists by the task's inputs
  std::optional<Node> output;  // likewise
  std::vector<FaultSpec> faults;
  std::vector<std::pair<Marked<std::uint64_t>, std::uint64_t>> attempts;  // by item
  std::vector<std::pair<Marked<std::uint64_t>, std::string>> dead;  // by item: a part of the cause
  Given<std::uint64_t> status;
};

// A `${…}` that a value of the file is made of.
struct VariableUse {
  Mark mark;         // of the value, as a Given has it
  std::string name;  // "INPUT", "file:PATH"
  std::string from;  // who gave it: "--set", "values.yaml:3", "environment", "default", "file"
};

struct Spec {
  Sources sources;  // the pipeline file, then the file of --vars if there is one
  Marked<std::string> pipeline;
  std::vector<Marked<std::string>> plugins;  // names, or paths as they were written
  std::vector<PoolSpec> pools;
  std::vector<StageSpec> stages;
  std::vector<SharedSpec> shared;
  std::vector<CallbackSpec> callbacks;
  std::vector<TestSpec> tests;
  Given<std::uint64_t> memory;
  Given<std::string> durability;  // normal, full
  Given<bool> checksum;
  std::vector<VariableUse> variables;
  std::vector<std::string> secrets;  // values of ${file:…}, never to be shown
};

}  // namespace penstock
