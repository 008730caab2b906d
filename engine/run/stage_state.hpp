// A stage while it runs: what waits before it, what is under way in it, and, where it is pinned to
// a worker of its own (sources, stateful tasks, sinks), from where it can go on. Plain state,
// changed by the rooms of run/ alone. Belongs to the loop.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "ipc/message.hpp"
#include "plan/plan.hpp"
#include "pool/extent_table.hpp"
#include "pool/worker.hpp"
#include "run/item.hpp"
#include "state/records.hpp"

namespace penstock {

// Outputs of a call that made many: they stay in the worker's memory, as pages of descriptors, and
// become items when there is room for them. What a source or a stateful stage made after them, and
// is in no page, follows them.
struct Spool {
  struct Follower {
    Output output;
    std::uint64_t number;
    std::uint32_t snapshot;
  };

  BlockId page = kNoBlock;
  WorkerId maker = 0;              // pinned until the spool is used up
  std::vector<ItemIndex> members;  // items of the call; none: of a source or a stateful stage
  std::vector<Payload> given;      // what they were, of which outputs may be parts
  std::shared_ptr<std::vector<std::uint64_t>> numbers;  // see Lineage
  std::uint32_t next = 0;
  std::uint32_t count = 0;
  std::uint64_t first_number = 0;
  std::uint32_t snapshot = 0;
  std::vector<Follower> followers;
};

// What a pinned stage can go on from: the last snapshot of a source or a stateful task, the last
// answer to a commit of a sink.
struct Checkpoint {
  bool taken = false;
  Payload payload;
  std::uint64_t input_position = 0;
  std::uint64_t number = 0;  // snapshots or epochs so far
};

// What a stateful stage has made, which leaves it when the journal has it.
struct Leaving {
  std::uint64_t entry = 0;  // of the journal; 0: nothing leaves
  std::uint32_t snapshot = 0;
  std::vector<Output> outputs;
};

// What a stateful stage made before an interruption, and how much of it has become items again.
struct MadeBefore {
  OutputsRecord record;
  std::uint64_t next = 0;
  std::size_t at = 0;  // in the record's bytes
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
  bool marking = false;                   // a snapshot or commit is under way
  std::uint64_t covered = 0;              // items that it covers
  std::optional<std::uint64_t> unheard;   // items of a commit that was under way at a death
  std::uint64_t marked_at = 0;            // the last one, ns
  std::uint64_t mark_asked_at = 0;        // likewise
  std::uint64_t mark_took = 0;            // the last one, with what was done before it
  std::uint64_t synced_at = 0;            // sinks: the last commit that was to reach the disk
  bool last_mark = false;                 // sinks: the commit after which nothing follows
  std::optional<std::uint64_t> prepared;  // sinks: the journal's entry with the ids of the epoch
  std::uint64_t marked_entry = 0;         // sinks: that of the last mark
  ItemList retained;                      // done since the mark, in order
  std::uint64_t retained_bytes = 0;
  std::vector<Output> made;      // stateful: outputs since the mark
  std::uint64_t made_count = 0;  // outputs since the last snapshot, pages included
  Leaving leaving;               // stateful: with the last mark, when that is stored
  bool finished = false;         // stateful: it had finished before an interruption
  unsigned failures = 0;         // in a row, without any progress
  std::uint64_t not_before = 0;  // calls wait until then, ns
};

// So many items a second, and up to a twentieth of a second's at once.
class Rate {
 public:
  explicit Rate(double per_second) : rate_(per_second), most_(std::max(1.0, per_second / 20)) {}

  bool limits() const { return rate_ > 0; }
  // Items that may go now.
  std::uint64_t ready(std::uint64_t now) {
    if (!limits()) return UINT64_MAX;
    if (at_ != 0) tokens_ += rate_ * static_cast<double>(now - at_) / 1e9;
    tokens_ = std::min(at_ == 0 ? 1.0 : tokens_, most_);
    at_ = now;
    return tokens_ < 1 ? 0 : static_cast<std::uint64_t>(tokens_);
  }
  void take(std::uint64_t items) { tokens_ -= static_cast<double>(items); }
  void give_back(std::uint64_t items) { tokens_ += static_cast<double>(items); }
  // When the next one may; 0: nothing waits for that.
  std::uint64_t next_at() const {
    if (!limits() || tokens_ >= 1) return 0;
    return at_ + static_cast<std::uint64_t>(std::max(0.0, 1 - tokens_) / rate_ * 1e9) + 1;
  }

 private:
  double rate_;
  double most_;
  double tokens_ = 0;
  std::uint64_t at_ = 0;  // ns
};

struct StageState {
  StageIndex index = 0;
  const StagePlan* plan = nullptr;
  bool in_engine = false;       // a source or sink that the engine itself is
  bool failed_is_read = false;  // a stage reads its output `failed`

  ItemList queue;
  std::uint64_t queued_bytes = 0;
  std::uint64_t gated = 0;  // items that wait at its gate until it is their turn
  std::uint64_t gated_bytes = 0;
  std::uint64_t waits_since = 0;       // the first of the queue, ns
  Rate rate{0};                        // of an instance that is not the first: not used
  std::uint32_t running = 0;           // items in calls under way
  std::uint32_t calls = 0;             // these calls
  std::uint32_t delayed = 0;           // items that wait for another attempt
  std::uint32_t reporting = 0;         // items given up whose record is still to be made
  std::uint32_t incoming = 0;          // items that calls under way upstream are expected to bring
  std::deque<Spool> spools;            // outputs that have not become items yet
  std::deque<MadeBefore> made_before;  // likewise, from before an interruption

  // Intake.
  std::optional<std::uint64_t> total;  // items that it says it will make
  std::uint64_t produced = 0;          // items so far
  std::uint64_t ended_before = 0;      // of those below, some had ended before an interruption
  bool ended = false;                  // there is no more
  bool in_bulk = false;                // a call has brought more than stands in a ring
  std::uint32_t asking = 0;            // calls of produce under way
  std::uint32_t asked = 0;             // items they may bring
  std::uint64_t ask_again_at = 0;
  std::uint32_t empty_answers = 0;

  std::uint64_t ran = 0;        // items in calls that have ended
  std::uint64_t busy_ns = 0;    // that these took
  double call_ns = 0;           // of a called one, a moving average; 0: not known
  double outputs_per_call = 1;  // likewise
  double output_bytes = 0;      // of one output, a moving average
  bool upstream_over = false;
  bool over = false;  // nothing will leave this stage any more

  PinnedState pinned;

  bool is(TaskKind kind) const { return plan->task.kind == kind; }
  bool is_pinned() const { return !in_engine && !is(TaskKind::transform); }
  bool is_callback() const { return plan->callback.has_value(); }
};

}  // namespace penstock
