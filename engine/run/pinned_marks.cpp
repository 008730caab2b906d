// From where pinned stages can go on: snapshots and commits, and what leaves with them.

#include <algorithm>
#include <string>
#include <utility>

#include "run/pinned.hpp"

namespace penstock {

void Pinned::opened(StageState& stage, Worker& worker, ipc::Ending ending, penstock_failure failure,
                    const std::string& text) {
  PinnedState& pinned = stage.pinned;
  if (ending != ipc::Ending::ok) {
    stumble(stage, "open failed: " + text, failure);
    pinned.phase = Phase::down;
    return;
  }
  worker.state = Worker::State::serving;
  pinned.phase = Phase::open;
  pinned.marked_at = state_.now;
  if (!stage.is(TaskKind::sink) || !keeps(stage)) return;

  const std::uint64_t held = worker.answer ? worker.answer->number() : pinned.mark.number;
  const bool one_more = held == pinned.mark.number + 1;
  if (one_more && pinned.unheard) {
    // The commit before the death did reach the output, and nobody heard of it: what it covered
    // stands at the head of the queue, and is done. What it answered is lost.
    set_mark(stage, worker, Payload{}, held);
    pinned.failures = 0;
    for (; *pinned.unheard > 0; --*pinned.unheard) {
      pinned.retained.push_back(state_.ledger, state_.dequeue(stage));
    }
    if (journals(stage)) {
      pinned.marked_entry = checkpoints_.committed(stage);
    } else {
      end_retained(stage);
    }
  } else if (const auto entry = one_more ? checkpoints_.held_before(stage) : std::nullopt) {
    set_mark(stage, worker, Payload{}, held);
    pinned.marked_entry = *entry;
  } else if (state_.setup.adds && !state_.taking && held > pinned.mark.number) {
    pinned.mark.number = held;
  } else if (held != pinned.mark.number) {
    end_early(stage, state_.taking ? Status::gave_up : Status::refused,
              "stage `" + stage.plan->name + "`: its output holds epoch " + std::to_string(held) +
                  ", but this run has committed " + std::to_string(pinned.mark.number) +
                  "; somebody else wrote to it" +
                  (state_.taking ? "" : ", or the journal has lost its end"));
  }
  checkpoints_.not_held(stage);
  pinned.unheard.reset();
}

void Pinned::release_made(StageState& stage, std::vector<Output>& made, std::uint32_t snapshot) {
  Lineage origin{{}, snapshot};
  for (const Output& output : made) {
    delivery_.deliver(stage, origin, output, stage.pinned.made_count);
  }
  made.clear();
}

// What it was made from is done; what was made leaves when the journal has it.
Result<void> Pinned::hand_to_journal(StageState& stage, const Worker& worker, const Payload& mark,
                                     std::uint32_t snapshot, bool finished) {
  PinnedState& pinned = stage.pinned;
  auto entry = checkpoints_.left(stage, worker, mark, snapshot, finished);
  if (!entry) return entry.error();
  pinned.leaving = {entry.value(), snapshot, std::exchange(pinned.made, {})};
  return {};
}

bool Pinned::let_leave(StageState& stage) {
  if (!checkpoints_.stored(stage.pinned.leaving.entry)) return false;
  Leaving leaving = std::exchange(stage.pinned.leaving, {});
  release_made(stage, leaving.outputs, leaving.snapshot);
  stage.pinned.made_count = 0;
  if (stage.pinned.phase == Phase::finishing) all_left(stage);
  return true;
}

void Pinned::end_retained(StageState& stage) {
  ItemList& retained = stage.pinned.retained;
  while (!retained.empty()) state_.ledger.end(retained.pop_front(state_.ledger), Fate::done);
}

void Pinned::all_left(StageState& stage) {
  stage.pinned.phase = Phase::closing;
  if (stage.pinned.worker != nullptr) {
    simple_call(stage, ipc::Kind::close);
  } else {
    stage.pinned.phase = Phase::closed;
  }
}

Result<void> Pinned::marked(StageState& stage, Worker& worker, std::uint64_t number) {
  PinnedState& pinned = stage.pinned;
  auto mark = take_mark(worker);
  if (!mark) return mark.error();
  // One that covers nothing leads nowhere, however often it succeeds.
  if (!pinned.retained.empty()) pinned.failures = 0;
  if (stage.is(TaskKind::stateful) && journals(stage)) {
    const auto handed =
        hand_to_journal(stage, worker, mark.value(), static_cast<std::uint32_t>(number), false);
    if (!handed) {
      if (mark->where == ipc::Where::block) state_.extents.release(mark->block);
      return handed;
    }
  }
  set_mark(stage, worker, mark.value(), number);
  pinned.retained_bytes = 0;
  pinned.marking = false;
  pinned.prepared.reset();
  pinned.marked_at = state_.now;
  pinned.mark_took = state_.now - pinned.mark_asked_at;
  if (stage.is(TaskKind::stateful) && journals(stage)) return {};
  if (journals(stage)) {
    pinned.marked_entry = checkpoints_.committed(stage);
    return {};
  }
  release_made(stage, pinned.made, static_cast<std::uint32_t>(number));
  pinned.made_count = 0;
  // A worker answers in order: all that is retained was sent before the mark.
  end_retained(stage);
  return {};
}

// What the call has answered, held; nothing if it has not.
Result<Payload> Pinned::take_mark(Worker& worker) {
  if (!worker.answer) return Payload{};
  const ipc::Descriptor answer = *worker.answer;
  if (answer.where == ipc::Where::here && answer.inline_size <= ipc::kInlineBytes) {
    worker.answer.reset();
    return Payload::of_bytes(answer.inline_bytes());
  }
  if (answer.where != ipc::Where::block) {
    return Error(Status::gave_up, "an answer without a payload");
  }
  auto block = state_.extents.add(worker.id, answer.block());
  if (!block) return block.error();
  worker.answer.reset();
  return Payload::of_block(block.value(), 0, answer.block().size);
}

void Pinned::set_mark(StageState& stage, const Worker& worker, const Payload& payload,
                      std::uint64_t number) {
  Checkpoint& mark = stage.pinned.mark;
  if (mark.payload.where == ipc::Where::block) state_.extents.release(mark.payload.block);
  mark.taken = true;
  mark.payload = payload;
  mark.input_position = worker.input_position;
  mark.number = number;
}

Result<void> Pinned::finished(StageState& stage, Worker& worker) {
  PinnedState& pinned = stage.pinned;
  auto checked = delivery_.check(worker, stage, {}, pinned.made);
  if (!checked) return checked;
  const auto snapshot = static_cast<std::uint32_t>(pinned.mark.number + 1);
  if (stage.is(TaskKind::stateful) && journals(stage)) {
    return hand_to_journal(stage, worker, pinned.mark.payload, snapshot, true);
  }
  release_made(stage, pinned.made, snapshot);
  all_left(stage);
  return {};
}

}  // namespace penstock
