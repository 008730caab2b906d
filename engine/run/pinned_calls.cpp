// What the answers of pinned stages mean, and the way back to a mark.

#include <algorithm>
#include <csignal>
#include <string>
#include <utility>

#include "run/pinned.hpp"

namespace penstock {
namespace {

constexpr unsigned kFailuresAtMost = 3;          // in a row, of open, commit and the like
constexpr std::uint64_t kPauseNs = 100'000'000;  // before the next attempt, doubled each time

std::string_view words(ipc::Kind kind) {
  switch (kind) {
    case ipc::Kind::open:
      return "open";
    case ipc::Kind::produce:
      return "produce";
    case ipc::Kind::finish:
      return "finish";
    case ipc::Kind::snapshot:
      return "snapshot";
    case ipc::Kind::commit:
      return "commit";
    case ipc::Kind::close:
      return "close";
    default:
      return "run";
  }
}

}  // namespace

void Pinned::open(StageState& stage, Worker& worker) {
  PinnedState& pinned = stage.pinned;
  pinned.phase = Phase::opening;
  ipc::StageOrder order = state_.stage_order(stage);
  const Checkpoint& mark = pinned.mark;
  order.input_position = mark.input_position;
  ipc::Descriptor at;
  if (mark.taken) {
    order.restore = true;
    order.last_epoch = stage.is(TaskKind::sink) ? mark.number : 0;
    if (auto attached = state_.attach(worker, mark.payload, at); !attached) {
      return state_.end_early(Status::lack, attached.error().what());
    }
    order.at_where = at.where;
    const auto bytes = at.inline_bytes();
    order.at_inline.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (at.where == ipc::Where::block) order.at_block = at.block();
  }
  (void)worker.link.send_letter(ipc::LetterKind::stage, encode(order));
  simple_call(stage, ipc::Kind::open);
}

Result<void> Pinned::ended(StageState& stage, Worker& worker, const Call& call, ipc::Ending ending,
                           penstock_failure failure, const std::string& text) {
  if (call.unwanted) {
    delivery_.discard(worker, worker.outputs);
    return {};
  }
  if (call.kind == ipc::Kind::open) return opened(stage, worker, ending, failure, text);
  if (call.kind == ipc::Kind::run) return ran(stage, worker, call, ending, failure, text);
  if (ending == ipc::Ending::failed || ending == ipc::Ending::unrun) {
    delivery_.discard(worker, worker.outputs);
    go_back(stage, worker, kNoItem);
    stumble(stage, std::string(words(call.kind)) + " failed: " + text,
            failure == PENSTOCK_FAIL_PERMANENT, failure == PENSTOCK_FAIL_LACK);
    stage.pinned.phase = Phase::down;
    return {};
  }
  stage.pinned.failures = 0;
  switch (call.kind) {
    case ipc::Kind::produce: {
      auto produced = intake_.produced(stage, worker, call, ending == ipc::Ending::end);
      if (!produced) return produced;
      if (keeps(stage) && worker.answer) set_mark(stage, worker, stage.pinned.mark.number + 1);
      if (input_.used_by(stage.index)) input_.forget_before(worker.input_position);
      return {};
    }
    case ipc::Kind::snapshot:
    case ipc::Kind::commit:
      return marked(stage, worker, call.amount);
    case ipc::Kind::finish:
      return finished(stage, worker);
    default:
      stage.pinned.phase = Phase::closed;
      stage.pinned.worker = nullptr;
      worker.state = Worker::State::leaving;
      return {};
  }
}

Result<void> Pinned::opened(StageState& stage, Worker& worker, ipc::Ending ending,
                            penstock_failure failure, const std::string& text) {
  PinnedState& pinned = stage.pinned;
  if (ending != ipc::Ending::ok) {
    stumble(stage, "open failed: " + text, failure == PENSTOCK_FAIL_PERMANENT,
            failure == PENSTOCK_FAIL_LACK);
    stage.pinned.phase = Phase::down;
    return {};
  }
  worker.state = Worker::State::serving;
  pinned.phase = Phase::open;
  pinned.marked_at = state_.now;
  if (!stage.is(TaskKind::sink) || !keeps(stage)) return {};

  const std::uint64_t held = worker.answer ? worker.answer->number() : pinned.mark.number;
  if (held == pinned.mark.number + 1 && pinned.unheard > 0) {
    // The commit before the death did reach the output, and nobody heard of it: what it covered
    // stands at the head of the queue, and is done.
    pinned.mark.number = held;
    for (; pinned.unheard > 0; --pinned.unheard) {
      state_.ledger.end(state_.dequeue(stage), false);
    }
  } else if (held != pinned.mark.number) {
    state_.end_early(Status::gave_up, "stage `" + stage.plan->name + "`: its output holds epoch " +
                                          std::to_string(held) + ", but this run has committed " +
                                          std::to_string(pinned.mark.number) +
                                          "; somebody else wrote to it");
  }
  pinned.unheard = 0;
  return {};
}

Result<void> Pinned::ran(StageState& stage, Worker& worker, const Call& call, ipc::Ending ending,
                         penstock_failure failure, const std::string& text) {
  PinnedState& pinned = stage.pinned;
  if (ending == ipc::Ending::failed || ending == ipc::Ending::unrun) {
    delivery_.discard(worker, worker.outputs);
    --stage.running;
    const auto judgement = failures_.judge(call.item, state_.failed_cause(worker, text), failure);
    // What the task holds is not to be trusted any more: it goes back to its mark.
    if (judgement.verdict != Failures::Verdict::given_up) state_.enqueue_first(call.item);
    pinned.not_before = state_.now + judgement.pause_ns;
    if (!keeps(stage)) return {};
    go_back(stage, worker, kNoItem);
    stage.pinned.phase = Phase::down;
    return {};
  }

  --stage.running;
  pinned.failures = 0;
  state_.given_up_by_crash = 0;
  const Item& item = state_.ledger.at(call.item);
  auto checked = delivery_.check(worker, stage, call.item, worker.outputs, pinned.made);
  if (!checked) return checked;
  worker.outputs.clear();
  if (keeps(stage)) {
    pinned.retained.push_back(state_.ledger, call.item);
    pinned.retained_bytes += item.payload.size();
  } else {
    release_made(stage);
    state_.ledger.end(call.item, false);
  }
  return {};
}

void Pinned::release_made(StageState& stage) {
  PinnedState& pinned = stage.pinned;
  const Origin origin{kNoItem, static_cast<std::uint32_t>(pinned.mark.number + 1)};
  for (const Output& output : pinned.made) {
    delivery_.deliver(stage, origin, output, pinned.made_count);
  }
  pinned.made.clear();
}

Result<void> Pinned::marked(StageState& stage, Worker& worker, std::uint64_t number) {
  PinnedState& pinned = stage.pinned;
  release_made(stage);
  pinned.made_count = 0;
  // A worker answers in order: all that is retained was sent before the mark.
  while (!pinned.retained.empty()) {
    state_.ledger.end(pinned.retained.pop_front(state_.ledger), false);
  }
  pinned.retained_bytes = 0;
  pinned.marking = false;
  pinned.marked_at = state_.now;
  set_mark(stage, worker, stage.is(TaskKind::sink) ? number : pinned.mark.number + 1);
  return {};
}

void Pinned::set_mark(StageState& stage, Worker& worker, std::uint64_t number) {
  Checkpoint& mark = stage.pinned.mark;
  Payload payload;
  if (worker.answer && worker.answer->where == ipc::Where::here) {
    payload = Payload::of_bytes(worker.answer->inline_bytes());
  } else if (worker.answer && worker.answer->where == ipc::Where::block) {
    auto block = state_.extents.add(worker.id, worker.answer->block());
    if (!block) return state_.distrust(worker, block.error().what());
    payload = Payload::of_block(block.value(), 0, worker.answer->block().size);
  }
  if (mark.payload.where == ipc::Where::block) state_.extents.release(mark.payload.block);
  mark.taken = true;
  mark.payload = payload;
  mark.input_position = worker.input_position;
  mark.number = number;
}

Result<void> Pinned::finished(StageState& stage, Worker& worker) {
  PinnedState& pinned = stage.pinned;
  auto checked = delivery_.check(worker, stage, kNoItem, worker.outputs, pinned.made);
  if (!checked) return checked;
  worker.outputs.clear();
  release_made(stage);
  simple_call(stage, ipc::Kind::close);
  pinned.phase = Phase::closing;
  return {};
}

void Pinned::died(StageState& stage, Worker& worker, std::shared_ptr<Cause> charged) {
  PinnedState& pinned = stage.pinned;
  if (pinned.worker != &worker) return;
  if (pinned.phase == Phase::closing && worker.calls.size() <= 1) {
    // Everything had been done and marked; what was left was to say goodbye.
    pinned.phase = Phase::closed;
    pinned.worker = nullptr;
    return;
  }
  const ipc::Kind in_hand = worker.calls.empty() ? ipc::Kind::none : worker.calls.front().kind;
  const std::string why = charged ? charged->text : std::string();
  ItemIndex except = kNoItem;
  if (charged && in_hand == ipc::Kind::run) {
    const ItemIndex item = worker.calls.front().item;
    const auto judgement = failures_.judge(item, std::move(charged));
    if (judgement.verdict == Failures::Verdict::given_up) except = item;
    pinned.not_before = state_.now + judgement.pause_ns;
  }
  go_back(stage, worker, except);
  if (!why.empty() && in_hand != ipc::Kind::run) {
    stumble(stage, "its worker " + why + " in " + std::string(words(in_hand)), false, false);
  }
  if (stage.is(TaskKind::stateful) && stage.plan->on_death == OnDeath::stop) {
    state_.end_early(Status::gave_up, "stage `" + stage.plan->name +
                                          "`: its worker died, and with it what it had gathered "
                                          "(`on_death: stop`)");
  }
  if (stage.is(TaskKind::source) && !keeps(stage) && stage.produced > 0) {
    state_.end_early(Status::gave_up, "stage `" + stage.plan->name +
                                          "`: its worker died, and the source gives no snapshot to "
                                          "go on from");
  }
  pinned.worker = nullptr;
  pinned.phase = Phase::down;
}

void Pinned::go_back(StageState& stage, Worker& worker, ItemIndex except) {
  PinnedState& pinned = stage.pinned;
  if (pinned.marking && stage.is(TaskKind::sink)) pinned.unheard = pinned.covered;
  ItemList again;
  again.prepend(state_.ledger, pinned.retained);
  for (Call& call : worker.calls) {
    if (call.unwanted || call.stage != stage.index) continue;
    call.unwanted = true;
    if (call.kind != ipc::Kind::run) continue;
    --stage.running;
    if (call.item != except) again.push_back(state_.ledger, call.item);
  }
  if (stage.is(TaskKind::source)) intake_.forget_calls(stage);
  state_.requeue(stage, again);
  for (const Output& output : pinned.made) delivery_.release(output);
  pinned.made.clear();
  pinned.retained_bytes = 0;
  pinned.marking = false;
  pinned.last_mark = false;
}

void Pinned::stumble(StageState& stage, const std::string& what, bool permanent, bool lack) {
  PinnedState& pinned = stage.pinned;
  const std::string text =
      "stage `" + stage.plan->name + "` (" + stage.plan->task_name + "): " + what;
  ++pinned.failures;
  pinned.not_before = state_.now + (kPauseNs << std::min(pinned.failures - 1, 6u));
  if (lack) return state_.end_early(Status::lack, text);
  if (permanent && !state_.taking) return state_.end_early(Status::refused, text);
  if (permanent || pinned.failures >= kFailuresAtMost) {
    return state_.end_early(
        Status::gave_up,
        text + (permanent ? "" : "; " + std::to_string(pinned.failures) + " times in a row"));
  }
  state_.say(Level::warning, text + "; it is opened again");
}

}  // namespace penstock
