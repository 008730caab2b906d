// A stage while it runs: what waits before it, what is under way in it, and, where it is pinned to
// a worker of its own (sources, stateful tasks, sinks), from where it can go on. Plain state,
// changed by the rooms of run/ alone. Belongs to the loop.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "ipc/message.hpp"
#include "plan/plan.hpp"
#include "pool/extent_table.hpp"
#include "pool/worker.hpp"
#include "run/item.hpp"

namespace penstock {

// Outputs of a call that made many: they stay in the worker's memory, as pages of descriptors, and
// become items when there is room for them.
struct Spool {
  BlockId page = kNoBlock;
  WorkerId maker = 0;          // pinned until the spool is used up
  ItemIndex parent = kNoItem;  // none: outputs of a source or of a stateful stage
  Payload given;               // what the call was given, of which outputs may be parts
  std::uint32_t next = 0;
  std::uint32_t count = 0;
  std::uint64_t first_number = 0;
  std::uint32_t snapshot = 0;
};

// What a pinned stage can go on from: the last snapshot of a source or a stateful task, the last
// answer to a commit of a sink.
struct Checkpoint {
  bool taken = false;
  Payload payload;
  std::uint64_t input_position = 0;
  std::uint64_t number = 0;  // snapshots or epochs so far
};

enum class Phase {
  down,      // to be opened, in a new worker if there is none
  starting,  // the worker is not ready for orders
  opening,
  open,
  finishing,
  closing,
  closed,  // all is done, for good
};

struct PinnedState {
  Phase phase = Phase::down;
  Worker* worker = nullptr;
  Checkpoint mark;
  bool marking = false;                  // a snapshot or commit is under way
  std::uint64_t covered = 0;             // items that it covers
  std::optional<std::uint64_t> unheard;  // items of a commit that was under way at a death
  std::uint64_t marked_at = 0;           // the last one, ns
  std::uint64_t synced_at = 0;           // sinks: the last commit that was to reach the disk
  bool last_mark = false;                // sinks: the commit after which nothing follows
  ItemList retained;                     // done since the mark, in order
  std::uint64_t retained_bytes = 0;
  std::vector<Output> made;      // stateful: outputs since the mark
  std::uint64_t made_count = 0;  // outputs since the last snapshot, pages included
  unsigned failures = 0;         // in a row, without any progress
  std::uint64_t not_before = 0;  // calls wait until then, ns
};

struct StageState {
  StageIndex index = 0;
  const StagePlan* plan = nullptr;
  bool in_engine = false;  // a source or sink that the engine itself is

  ItemList queue;
  std::uint64_t queued_bytes = 0;
  std::uint32_t running = 0;   // calls under way, items of this stage
  std::uint32_t delayed = 0;   // items that wait for another attempt
  std::uint32_t incoming = 0;  // items that calls under way upstream are expected to bring
  std::deque<Spool> spools;    // outputs that have not become items yet

  // Intake.
  std::uint64_t produced = 0;  // items so far
  bool ended = false;          // there is no more
  std::uint32_t asking = 0;    // calls of produce under way
  std::uint32_t asked = 0;     // items they may bring
  std::uint64_t ask_again_at = 0;
  std::uint32_t empty_answers = 0;

  double outputs_per_call = 1;  // a moving average
  double output_bytes = 0;      // of one output, a moving average
  bool upstream_over = false;
  bool over = false;  // nothing will leave this stage any more

  PinnedState pinned;

  bool is(TaskKind kind) const { return plan->task.kind == kind; }
  bool is_pinned() const { return !in_engine && !is(TaskKind::transform); }
};

}  // namespace penstock
