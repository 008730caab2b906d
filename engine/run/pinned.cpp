#include "run/pinned.hpp"

#include <algorithm>
#include <csignal>
#include <string>
#include <utility>

#include "base/clock.hpp"

namespace penstock {
namespace {

constexpr std::uint64_t kEpochNs = 20 * kMs;      // written data survives any process
constexpr std::uint64_t kSyncNs = 1000 * kMs;     // and so much later a loss of power
// Items between two marks, each of which keeps its record until then, and that of what it was made
// from. With 32,768 they leave the processor's cache, which took a fifth of the time of a run of
// three stages. More often than so come only marks for which nobody has to wait: a snapshot goes to
// the journal as a whole, and a sink that does not roll back waits for the ids of its epoch.
constexpr std::size_t kRetainItems = 32 * 1024;
constexpr std::size_t kRolledBackItems = 4 * 1024;
constexpr std::uint64_t kMarkShare = 10;
constexpr std::uint64_t kRetainBytes = 64u << 20;  // of a sink; a stateful stage says its own

std::uint64_t retain_bytes(const StageState& stage) {
  return stage.is(TaskKind::stateful) ? stage.plan->snapshot.bytes : kRetainBytes;
}

std::size_t retain_items(const StageState& stage) {
  return stage.plan->task.rolls_back() ? kRolledBackItems : kRetainItems;
}

// So much was done since the last mark that one has to come first. Marks that are dear come less
// often, as far as the bytes allow: they are to take a tenth of the time at most.
bool full(const StageState& stage, std::uint64_t now) {
  const PinnedState& pinned = stage.pinned;
  const std::uint64_t kept = pinned.retained.size() + pinned.made.size();
  if (pinned.retained_bytes + kept * sizeof(Item) >= retain_bytes(stage)) return true;
  return kept >= retain_items(stage) && now >= pinned.marked_at + kMarkShare * pinned.mark_took;
}

}  // namespace

void Pinned::attach(StageIndex stage, EngineSink& sink) {
  engine_sinks_[stage] = &sink;
}

bool Pinned::keeps(const StageState& stage) const {
  const TaskDescription& task = stage.plan->task;
  return task.kind == TaskKind::sink ? task.has_commit() : task.has_snapshot();
}

bool Pinned::journals(const StageState& stage) const {
  return checkpoints_.on() && keeps(stage) && !stage.is_callback();
}

// Nothing more comes into an epoch whose ids are being written down.
bool Pinned::closes_epoch(const StageState& stage) const {
  return announces(stage) && !stage.pinned.marking && (stage.pinned.prepared || mark_is_due(stage));
}

// Where the output may hold an epoch of which nobody has heard, the journal has to know its items.
bool Pinned::announces(const StageState& stage) const {
  return stage.is(TaskKind::sink) && journals(stage) && !stage.plan->task.rolls_back();
}

bool Pinned::settled(const StageState& stage) const {
  const PinnedState& pinned = stage.pinned;
  if (pinned.worker == nullptr) return true;
  if (!pinned.worker->calls.empty()) return false;
  return pinned.phase != Phase::open || !stage.is(TaskKind::sink) || pinned.retained.empty();
}

bool Pinned::turn() {
  bool moved = false;
  for (StageState& stage : state_.stages) {
    if (const auto own = engine_sinks_.find(stage.index); own != engine_sinks_.end()) {
      moved |= take_in_engine(stage, *own->second);
      continue;
    }
    if (!stage.is_pinned()) continue;
    if (stage.pinned.leaving.entry > 0) moved |= let_leave(stage);
    if (stage.pinned.phase == Phase::down) moved |= start(stage);
    while (stage.pinned.finished && !stage.queue.empty()) give_up_again(stage);
    if (stage.pinned.phase == Phase::open) moved |= serve(stage);
  }
  if (!state_.sequence.empty()) moved |= serve_first_in_order();
  return moved;
}

// All that it took before the interruption is known to be done: this had been given up there, for
// which there may be more than one way.
void Pinned::give_up_again(StageState& stage) {
  auto cause = std::make_shared<Cause>();
  cause->text = cause->message = "given up before the run was interrupted; its stage has finished";
  cause->worker = "the journal";
  (void)failures_.judge(state_.dequeue(stage), std::move(cause), PENSTOCK_FAIL_PERMANENT);
}

// An item that others wait for goes before all that have no room behind the stage.
bool Pinned::serve_first_in_order() {
  bool moved = false;
  state_.sequence.for_each_head([&](ItemIndex head) {
    const Item& item = state_.ledger.at(head);
    if (!item.queued) return;
    StageState& stage = state_.stages[item.stage];
    if (!stage.is_pinned() || stage.pinned.phase != Phase::open || may_call(stage) ||
        !may_call(stage, true)) {
      return;
    }
    state_.pull_to_front(stage, head);
    if (feeder_.ready(stage) > 0) moved |= feeder_.send(stage, *stage.pinned.worker, 1);
  });
  return moved;
}

bool Pinned::start(StageState& stage) {
  PinnedState& pinned = stage.pinned;
  if (!state_.serves(stage) || state_.now < pinned.not_before) return false;
  if (stage.is_callback() && stage.queue.empty()) {
    // Nothing has come for it since; where nothing will, there is nothing to end, either.
    if (!stage.upstream_over) return false;
    if (pinned.worker != nullptr) pinned.worker->state = Worker::State::leaving;
    pinned.worker = nullptr;
    pinned.phase = Phase::closed;
    return true;
  }
  if (pinned.worker != nullptr) {
    open(stage, *pinned.worker);
    return true;
  }
  WorkerOptions options = state_.worker_options(stage.plan->pool);
  options.stage = stage.index;
  options.link.standard_output = stage.is(TaskKind::sink);
  auto worker = state_.fleet->start(options);
  if (!worker) {
    end_early(stage, Status::lack, worker.error().what());
    return true;
  }
  pinned.worker = worker.value();
  pinned.phase = Phase::starting;
  return true;
}

bool Pinned::may_call(const StageState& stage, bool first_in_order) const {
  const PinnedState& pinned = stage.pinned;
  return state_.serves(stage) && !full(stage, state_.now) && stage.spools.empty() &&
         stage.made_before.empty() && !closes_epoch(stage) &&
         stage.calls < calls_ahead(*pinned.worker, state_.now) && state_.now >= pinned.not_before &&
         has_room(stage, first_in_order);
}

bool Pinned::has_room(const StageState& stage, bool first_in_order) const {
  return state_.room_after(stage, first_in_order) > (first_in_order ? 0 : stage.running);
}

void Pinned::end_early(StageState& stage, Status why, const std::string& text) {
  stage.is_callback() ? callbacks_.give_up(stage, text) : state_.end_early(why, text);
}

bool Pinned::serve(StageState& stage) {
  PinnedState& pinned = stage.pinned;
  if (stage.is(TaskKind::source)) {
    if (!stage.ended || stage.asking > 0 || !stage.spools.empty()) return false;
    simple_call(stage, ipc::Kind::close);
    pinned.phase = Phase::closing;
    return true;
  }

  bool moved = false;
  while (may_call(stage)) {
    const std::size_t count = feeder_.ready(stage);
    if (count == 0) break;
    if (!feeder_.send(stage, *pinned.worker, count)) return moved;
    moved = true;
  }
  if (pinned.marking || pinned.leaving.entry > 0 || !stage.made_before.empty()) return moved;

  const bool goes_on = state_.serves(stage);
  const bool drained = is_drained(stage);
  if (drained && goes_on && all_marked(stage)) {
    // What is finished cannot be cut back any more.
    if (journals(stage) && !checkpoints_.stored(pinned.marked_entry)) return moved;
    if (!may_finish(stage)) return moved;
    simple_call(stage, ipc::Kind::finish);
    pinned.phase = Phase::finishing;
    return true;
  }
  if (keeps(stage) && (mark_is_due(stage) || (drained && goes_on))) {
    if (announces(stage)) {
      if (stage.running > 0) return moved;
      if (!pinned.prepared) {
        pinned.prepared = checkpoints_.prepare(stage);
        return true;
      }
      if (!checkpoints_.stored(*pinned.prepared)) return moved;
    }
    ask_for_mark(stage, drained && goes_on);
    return true;
  }
  return moved;
}

bool Pinned::is_drained(const StageState& stage) const {
  return stage.upstream_over && stage.queue.empty() && stage.running == 0;
}

bool Pinned::all_marked(const StageState& stage) const {
  if (!keeps(stage)) return true;
  const PinnedState& pinned = stage.pinned;
  return pinned.retained.empty() && (!stage.is(TaskKind::sink) || pinned.last_mark);
}

// Where somebody has to know of all commits at once, the first of the sinks waits for the last.
bool Pinned::may_finish(const StageState& stage) {
  if (!state_.setup.before_finish || told_all_ || !stage.is(TaskKind::sink) || stage.is_callback())
    return true;
  for (const StageState& other : state_.stages) {
    if (!other.is(TaskKind::sink) || other.is_callback() || other.in_engine) continue;
    if (other.pinned.marking || !other.pinned.retained.empty()) return false;
    if (is_drained(other) ? !all_marked(other) : !waits_for_sinks(other)) return false;
  }
  told_all_ = true;
  const auto told = state_.setup.before_finish();
  if (!told) state_.end_early(Status::lack, told.error().what());
  return told.has_value();
}

// Nothing more comes to it but what sinks give up, directly or through other stages.
bool Pinned::waits_for_sinks(const StageState& stage) const {
  if (!stage.queue.empty() || stage.running > 0 || stage.delayed > 0 || stage.gated > 0 ||
      stage.reporting > 0 || !stage.spools.empty()) {
    return false;
  }
  return std::all_of(stage.plan->from.begin(), stage.plan->from.end(), [&](const Edge& edge) {
    const StageState& from = state_.stages[edge.from];
    return from.over || from.is(TaskKind::sink) ||
           (!from.is(TaskKind::source) && waits_for_sinks(from));
  });
}

// How long what was done may wait for its mark; not for long where others wait for it.
std::uint64_t Pinned::mark_every(const StageState& stage) const {
  if (!stage.is(TaskKind::stateful)) return kEpochNs;
  const auto every = static_cast<std::uint64_t>(stage.plan->snapshot.every.count()) * kMs;
  bool waited_for = false;
  state_.sequence.for_each_head([&](ItemIndex head) {
    const Item& item = state_.ledger.at(head);
    waited_for |= item.stage == stage.index && !item.queued && stage.running == 0;
  });
  return waited_for ? std::min(every, kEpochNs) : every;
}

bool Pinned::mark_is_due(const StageState& stage) const {
  const PinnedState& pinned = stage.pinned;
  if (pinned.retained.empty()) return false;
  return state_.now >= pinned.marked_at + mark_every(stage) || full(stage, state_.now) ||
         state_.short_of_memory || (state_.ending && stage.is(TaskKind::sink)) ||
         (stage.failed_is_read && !stage.queue.empty() && !has_room(stage, false));
}

void Pinned::ask_for_mark(StageState& stage, bool last) {
  PinnedState& pinned = stage.pinned;
  Call call;
  call.stage = stage.index;
  call.amount = pinned.mark.number + 1;
  ipc::Descriptor descriptor;
  if (stage.is(TaskKind::sink)) {
    call.kind = ipc::Kind::commit;
    const bool sync = last || state_.plan.every_epoch_synced || state_.ending ||
                      state_.now >= pinned.synced_at + kSyncNs;
    if (sync) pinned.synced_at = state_.now;
    descriptor = ipc::numbered(ipc::Kind::commit, call.amount);
    unsigned flags = 0;
    if (sync) flags |= PENSTOCK_EPOCH_SYNC;
    if (last) flags |= PENSTOCK_EPOCH_LAST;
    descriptor.extra = static_cast<std::uint16_t>(flags);
    pinned.last_mark = last;
  } else {
    call.kind = ipc::Kind::snapshot;
  }
  pinned.marking = true;
  pinned.mark_asked_at = state_.now;
  pinned.covered = pinned.retained.size() + stage.running;
  state_.call(*pinned.worker, descriptor, call);
}

void Pinned::simple_call(StageState& stage, ipc::Kind kind) {
  Call call;
  call.kind = kind;
  call.stage = stage.index;
  state_.call(*stage.pinned.worker, ipc::Descriptor{}, call);
}

bool Pinned::take_in_engine(StageState& stage, EngineSink& sink) {
  bool moved = false;
  const auto fail = [&](const Error& error) {
    state_.end_early(Status::lack, "stage `" + stage.plan->name + "`: " + error.what());
    return true;
  };
  while (!stage.queue.empty() && sink.ready()) {
    const ItemIndex index = state_.dequeue(stage);
    const Item& item = state_.ledger.at(index);
    auto bytes = state_.read(item.payload, UINT64_MAX);
    ItemIndex root = index;
    while (state_.ledger.at(root).parent != kNoItem) root = state_.ledger.at(root).parent;
    auto taken = bytes ? sink.take(state_.ledger.at(root).number, std::move(bytes.value()))
                       : Result<void>(bytes.error());
    if (!taken) {
      state_.enqueue_first(index);
      return fail(taken.error());
    }
    state_.ledger.end(index, Fate::done);
    moved = true;
  }
  if (moved || stage.pinned.phase == Phase::closed || state_.ending) return moved;
  if (!stage.upstream_over || !stage.queue.empty()) {
    const auto flushed = sink.flush();
    return flushed ? false : fail(flushed.error());
  }
  const auto finished = sink.finish();
  if (!finished) return fail(finished.error());
  if (finished.value()) stage.pinned.phase = Phase::closed;
  return finished.value();
}

std::uint64_t Pinned::next_due() const {
  std::uint64_t due = 0;
  const auto at = [&](std::uint64_t when) {
    if (due == 0 || when < due) due = std::max<std::uint64_t>(when, 1);
  };
  for (const StageState& stage : state_.stages) {
    // Whether an output takes more again is not told: it is looked at.
    const auto own = engine_sinks_.find(stage.index);
    if (own != engine_sinks_.end() && own->second->holds_back()) at(state_.now + 2 * kMs);
    if (!stage.is_pinned()) continue;
    const PinnedState& pinned = stage.pinned;
    if (pinned.not_before > state_.now) at(pinned.not_before);
    // What is due has had this turn; what holds it up tells when it is over.
    const std::uint64_t mark_at = pinned.marked_at + mark_every(stage);
    if (pinned.phase == Phase::open && !pinned.marking && !pinned.retained.empty() &&
        mark_at > state_.now) {
      at(mark_at);
    }
  }
  return due;
}

}  // namespace penstock
