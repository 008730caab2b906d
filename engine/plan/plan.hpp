// The checked graph: what a run is made of, with every value filled in. A plan is made from a Spec
// and the descriptions of the plugins it names; nothing in it can fail for a reason that could have
// been seen before the run. Plain values; pure functions make them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
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

struct BatchPolicy {
  std::size_t items = 1;
  std::uint64_t bytes = 16u << 20;
  std::chrono::milliseconds wait{0};  // for more items, from the first one on
};

// What comes into a stage from another one.
struct Edge {
  std::size_t from = 0;      // index into Plan::stages
  std::uint16_t output = 0;  // of that stage's task, or kFailedOutput
  std::uint16_t input = 0;   // of this stage's task
  std::string type;          // what arrives
};

// The output that every stage has besides those of its task: a record of each item given up.
inline constexpr std::uint16_t kFailedOutput = UINT16_MAX;

// Who takes what a stage emits. A partitioned reader stands in the plan once for each instance; it
// is named by the first of them.
struct Reader {
  std::size_t stage = 0;     // index into Plan::stages
  std::uint16_t edge = 0;    // index into that stage's `from`
  std::uint16_t output = 0;  // of the stage that emits, or kFailedOutput
};

enum class Event { item_done, item_failed, stage_done, run_done };

// A stage that no other feeds: the engine gives it a Completion (see <penstock/plugin.h>) at each
// event. It runs beside the work and is in no account.
struct CallbackPolicy {
  Event event = Event::item_done;
  std::vector<std::size_t> stages;  // whose events; empty: of all
  bool drop = false;                // where too many wait; else sources wait
  bool command = false;             // gets the record as a line of JSON
};

enum class FileAccess { all, read_only, listed };

// What the workers of a pool, and whatever they start, are kept from; one with a sandbox is also
// kept from the memory and the descriptors of other processes.
struct SandboxPolicy {
  bool network = true;
  FileAccess files = FileAccess::all;
  std::vector<std::string> paths;  // listed: can be read and written; little else can be opened
};

struct PoolPlan {
  std::string name;
  unsigned processes = 1;           // workers that run transforms
  std::uint64_t memory = 0;         // private bytes of one worker; 0: no limit
  std::uint64_t recycle_items = 0;  // 0: never
  std::uint64_t recycle_memory = 0;
  std::chrono::milliseconds grace{500};
  std::optional<int> nice;
  std::vector<unsigned> cpus;      // cores to run on; empty: all
  std::vector<std::string> under;  // a command that its workers run under, such as a debugger
  bool on_demand = false;          // no more workers than there are calls
  std::vector<std::pair<std::string, std::string>> env;
  std::optional<SandboxPolicy> sandbox;
};

// A stage whose items are calls of a program, which hears how each of them has ended. No edge leads
// to it or from it, it may join a run that goes on, and a worker opens it for its first call.
struct CallPolicy {
  std::string type;  // of the arguments; edge 0 of an item: one of them, edge 1: several
};

// What every worker of the pool does when it opens the stage: it runs it once, and fails to open if
// that fails.
struct FirstCall {
  std::string type;  // of the argument
  std::string argument;
};

enum class FaultKind : std::uint8_t { crash, hang, exit, error, oom, disk_full, slow };

// What a test has happen to an item, in place of its call or, `slow`, before it; `disk_full` stays.
struct FaultPlan {
  FaultKind kind = FaultKind::crash;
  std::string item;                 // its id
  std::uint64_t times = 1;          // in so many of its first attempts
  std::chrono::milliseconds by{0};  // slow
};

struct StagePlan {
  std::string name;
  std::string task_name;   // plugin.task
  std::size_t plugin = 0;  // index into Plan::plugins
  TaskDescription task;
  std::vector<Argument> arguments;  // those that the file sets
  std::size_t pool = 0;             // index into Plan::pools
  std::vector<Edge> from;
  std::vector<Reader> readers;
  std::uint16_t instance = 0;   // of a partitioned stage, which stands here once for each
  std::uint16_t instances = 1;  // one behind the other
  bool partitioned = false;
  std::string key_field;  // partitioned by it; empty: by the key that is given to emit
  bool in_order = false;  // takes its items in the order of their source
  unsigned parallel = 0;  // transforms: at most so many at a time; 0: no limit
  double rate = 0;        // items a second; 0: no limit
  BatchPolicy batch;      // more than one item: of a task that takes several at once
  std::optional<CallbackPolicy> callback;
  std::optional<CallPolicy> called;
  std::optional<FirstCall> first_call;
  QueueBound queue;
  std::chrono::milliseconds timeout{0};  // 0: none
  RetryPolicy retry;
  OnFailure on_failure = OnFailure::dead_letter;
  OnDeath on_death = OnDeath::replay;
  std::uint64_t max_output = 1u << 30;
  SnapshotPolicy snapshot;
  std::vector<FaultPlan> faults;  // none, unless it is under test
};

// An object that tasks of all stages share, by its name. It is outside the account of items.
struct SharedPlan {
  std::string name;
  std::string type;                      // as in the file
  std::string of;                        // what it holds; empty: nothing, or nobody says
  std::string initial;                   // value: its bytes; empty: zeros
  std::uint64_t count = 0;               // permits, parties; messages of a queue, 0: any number
  std::uint64_t bytes = 0;               // of memory; of a queue or map, 0: as the library has it
  std::chrono::milliseconds timeout{0};  // barrier; 0: none
};

// Items for one stage, and what is to come of them. Items are counted from 1, through all inputs of
// the task, one after the other.
struct TestPlan {
  struct Input {
    std::uint16_t port = 0;          // index of the task's input
    std::vector<std::string> lines;  // as `penstock map` reads them
  };
  struct Output {
    std::uint16_t port = 0;           // index of the task's output
    std::vector<std::string> values;  // each as JSON
  };

  std::string name;
  std::size_t stage = 0;  // index into Plan::stages
  std::vector<Input> inputs;
  std::vector<Output> outputs;  // those that are looked at
  std::vector<FaultPlan> faults;
  std::map<std::uint64_t, std::uint64_t> attempts;  // of these items
  std::map<std::uint64_t, std::string> dead;        // given up; a part of the cause
  int status = 0;
};

struct Plan {
  std::string pipeline;
  std::vector<PluginDescription> plugins;
  std::vector<PoolPlan> pools;
  std::vector<StagePlan> stages;  // every stage after those it reads from
  std::vector<SharedPlan> shared;
  std::vector<TestPlan> tests;
  std::uint64_t memory = 0;          // budget of shared memory, bytes
  bool every_epoch_synced = false;   // `durability: full`
  bool checksum = false;             // of payloads, from their maker to each reader
  std::vector<std::string> secrets;  // values never to be shown
};

}  // namespace penstock
