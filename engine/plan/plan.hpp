// The checked graph: what a run is made of, with every value filled in. A plan is made from a Spec
// and the descriptions of the plugins it names; nothing in it can fail for a reason that could have
// been seen before the run. Plain values; pure functions make them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "plugin/descriptor.hpp"

namespace penstock {

struct QueueBound {
  std::size_t items = 1024;
  std::uint64_t bytes = 64u << 20;
};

struct RetryPolicy {
  unsigned attempts = 3;
  std::chrono::milliseconds backoff{100};
  std::chrono::milliseconds max_backoff{30'000};
  bool failed = false;  // which outcomes are tried again
  bool crashed = true;
  bool timed_out = true;
};

enum class OnFailure { dead_letter, skip, stop };
enum class OnDeath { replay, stop };  // of a stateful task's worker

struct SnapshotPolicy {
  std::chrono::milliseconds every{1000};
  std::uint64_t bytes = 64u << 20;
};

struct PoolPlan {
  std::string name;
  unsigned processes = 1;           // workers that run transforms
  std::uint64_t memory = 0;         // private bytes of one worker; 0: no limit
  std::uint64_t recycle_items = 0;  // 0: never
  std::uint64_t recycle_memory = 0;
  std::chrono::milliseconds grace{500};
  std::vector<std::pair<std::string, std::string>> env;
};

struct StagePlan {
  std::string name;
  std::string task_name;   // plugin.task
  std::size_t plugin = 0;  // index into Plan::plugins
  TaskDescription task;
  std::vector<Argument> arguments;  // those that the file sets
  std::size_t pool = 0;             // index into Plan::pools
  std::vector<std::size_t> from;    // indices into Plan::stages
  std::vector<std::size_t> readers;
  std::vector<std::string> from_types;  // of each `from`: the type that its main output declares
  unsigned parallel = 0;                // transforms: at most so many at a time; 0: no limit
  QueueBound queue;
  std::chrono::milliseconds timeout{0};  // 0: none
  RetryPolicy retry;
  OnFailure on_failure = OnFailure::dead_letter;
  OnDeath on_death = OnDeath::replay;
  std::uint64_t max_output = 1u << 30;
  SnapshotPolicy snapshot;
};

struct Plan {
  std::string pipeline;
  std::vector<PluginDescription> plugins;
  std::vector<PoolPlan> pools;
  std::vector<StagePlan> stages;     // every stage after those it reads from
  std::uint64_t memory = 0;          // budget of shared memory, bytes
  std::vector<std::string> secrets;  // values never to be shown
};

}  // namespace penstock
