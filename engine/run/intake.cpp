#include "run/intake.hpp"

#include <algorithm>
#include <string>

namespace penstock {
namespace {

// Two calls at a time, so that a source works while the engine takes what it brought.
constexpr std::uint32_t kCallsAhead = 2;
constexpr std::uint64_t kWantAtMost = 256;
constexpr std::uint64_t kWantAtFirst = 1;  // until it is known how large its items are
constexpr double kCallsInMemory = 8;       // so many calls' items find room in the budget, or more
constexpr std::uint64_t kShortestPauseNs = 1'000'000;
constexpr std::uint64_t kLongestPauseNs = 50'000'000;

}  // namespace

void Intake::attach(StageIndex stage, EngineSource& source) {
  engine_sources_[stage] = &source;
}

bool Intake::turn() {
  if (!state_.taking || state_.ending || state_.held_up) return false;
  bool moved = false;
  for (StageState& stage : state_.stages) {
    if (!stage.is(TaskKind::source) || stage.ended) continue;
    if (state_.setup.limit > 0 && stage.produced >= state_.setup.limit) {
      stage.ended = stage.asking == 0;
      continue;
    }
    const auto own = engine_sources_.find(stage.index);
    moved |= own != engine_sources_.end() ? take_from(stage, *own->second) : ask(stage);
  }
  return moved;
}

bool Intake::ask(StageState& stage) {
  PinnedState& pinned = stage.pinned;
  if (pinned.phase != Phase::open || stage.asking >= kCallsAhead) return false;
  if (state_.now < std::max(stage.ask_again_at, pinned.not_before) || !stage.spools.empty()) {
    return false;
  }
  const std::uint64_t most = want_at_most(stage);
  const std::uint64_t room = state_.room_after(stage);
  // Not for a few: a call brings many items as cheaply as one.
  std::uint64_t bound = most;
  for (const Reader& reader : stage.plan->readers) {
    bound = std::min<std::uint64_t>(bound, state_.plan.stages[reader.stage].queue.items / 4);
  }
  std::uint64_t want = std::min({room, most, stage.rate.ready(state_.now)});
  if (state_.setup.limit > 0) {
    const std::uint64_t taken = stage.produced + stage.asked;
    want = std::min(want, state_.setup.limit > taken ? state_.setup.limit - taken : 0);
  }
  if (want == 0 || (stage.asking > 0 && want < bound)) return false;
  // What comes in bulk becomes items bit by bit: until then nothing may come after it. Of one that
  // has not been asked yet, nobody knows.
  if (stage.asking > 0 && (stage.in_bulk || stage.produced == 0)) return false;
  stage.rate.take(want);

  Call call;
  call.kind = ipc::Kind::produce;
  call.stage = stage.index;
  call.amount = want;
  state_.call(*pinned.worker, ipc::numbered(ipc::Kind::produce, want), call);
  ++stage.asking;
  stage.asked += static_cast<std::uint32_t>(want);
  state_.expect(stage, static_cast<std::int64_t>(want));
  return true;
}

std::uint64_t Intake::want_at_most(const StageState& stage) const {
  if (stage.produced == 0) return kWantAtFirst;
  const double bytes = static_cast<double>(state_.extents.budget()) / kCallsInMemory;
  const double items = bytes / std::max(stage.output_bytes, 1.0);
  return static_cast<std::uint64_t>(std::clamp(items, 1.0, static_cast<double>(kWantAtMost)));
}

bool Intake::take_from(StageState& stage, EngineSource& source) {
  bool moved = false;
  const std::uint64_t allowed = stage.rate.ready(state_.now);
  for (std::uint64_t room = std::min(state_.room_after(stage), allowed); room > 0; --room) {
    if (state_.setup.limit > 0 && stage.produced >= state_.setup.limit) break;
    Payload payload;
    if (!source.next(payload)) {
      if (!source.problem().empty()) state_.end_early(Status::gave_up, source.problem());
      stage.ended = source.over();
      return moved || stage.ended;
    }
    delivery_.emit(stage, source.output(), payload, ++stage.produced);  // as people count lines
    stage.rate.take(1);
    moved = true;
    // How large they are shows only now.
    if (payload.is_block()) room = std::min(room, state_.room_after(stage) + 1);
  }
  return moved;
}

Result<void> Intake::produced(StageState& stage, Worker& worker, const Call& call, bool end) {
  --stage.asking;
  stage.asked -= static_cast<std::uint32_t>(call.amount);
  state_.expect(stage, -static_cast<std::int64_t>(call.amount));
  const std::uint64_t before = stage.produced;
  std::vector<Output> made;
  if (auto checked = delivery_.check(worker, stage, {}, made); !checked) return checked.error();
  Lineage origin;
  for (Output& output : made) {
    stage.in_bulk |= output.page > 0;
    const std::uint64_t left =
        state_.setup.limit > 0 ? state_.setup.limit - stage.produced : UINT64_MAX;
    if (left == 0) {
      delivery_.release(output);
      continue;
    }
    if (output.page > left) delivery_.cut(output, static_cast<std::uint32_t>(left));
    delivery_.deliver(stage, origin, output, stage.produced);
  }
  const std::uint64_t brought = stage.produced - before;
  stage.rate.give_back(call.amount - std::min(call.amount, brought));
  stage.rate.take(brought - std::min(call.amount, brought));
  if (stage.produced == before && !end) {
    // It has nothing now: asked again after a while, later each time.
    stage.empty_answers = std::min(stage.empty_answers + 1, 6u);
    stage.ask_again_at =
        state_.now + std::min(kShortestPauseNs << (stage.empty_answers - 1), kLongestPauseNs);
  } else {
    stage.empty_answers = 0;
  }
  // Calls that were sent before the end was known bring nothing.
  stage.ended = stage.ended || end;
  return {};
}

void Intake::want_input(StageState& stage) {
  if (!input_.open(stage.index)) {
    state_.end_early(Status::refused, "stage `" + stage.plan->name +
                                          "`: the standard input is read by another source; only "
                                          "one can");
    return;
  }
  feed_.wanted = true;
  feed(stage);
}

void Intake::feed(StageState& stage) {
  if (!feed_.wanted || !input_.used_by(stage.index) || stage.pinned.worker == nullptr) return;
  Worker& worker = *stage.pinned.worker;
  if (!input_.problem().empty()) {
    state_.end_early(Status::gave_up, "stage `" + stage.plan->name + "`: " + input_.problem());
    return;
  }
  bool fed = false;
  for (const auto& piece : input_.pieces()) {
    if (piece.number < feed_.next_piece) continue;
    ipc::Descriptor descriptor;
    descriptor.kind = ipc::Kind::feed;
    descriptor.stage = stage.index;
    // In order, the number and the place of a piece are known to the worker from the first one.
    descriptor.call = piece.position;
    const Payload payload = Payload::of_block(piece.block, 0, piece.size);
    if (auto attached = state_.attach(worker, payload, descriptor); !attached) {
      state_.end_early(Status::lack, attached.error().what());
      return;
    }
    auto ref = descriptor.block();
    ref.piece = piece.number;
    descriptor.set_block(ref);
    worker.link.send(descriptor);
    feed_.next_piece = piece.number + 1;
    fed = true;
  }
  if (input_.at_end() && !feed_.end_told) {
    feed_.end_told = true;
    ipc::Descriptor descriptor;
    descriptor.kind = ipc::Kind::feed_end;
    descriptor.stage = stage.index;
    worker.link.send(descriptor);
    fed = true;
  }
  if (fed) stage.ask_again_at = 0;
}

void Intake::forget_calls(StageState& stage) {
  state_.expect(stage, -static_cast<std::int64_t>(stage.asked));
  stage.rate.give_back(stage.asked);
  stage.asking = 0;
  stage.asked = 0;
  if (input_.used_by(stage.index)) feed_ = Feed{};  // the next worker asks for it anew
}

std::uint64_t Intake::next_due() const {
  std::uint64_t due = 0;
  for (const StageState& stage : state_.stages) {
    if (!stage.is(TaskKind::source) || stage.ended || stage.asking > 0) continue;
    if (stage.ask_again_at > state_.now && (due == 0 || stage.ask_again_at < due)) {
      due = stage.ask_again_at;
    }
  }
  return due;
}

}  // namespace penstock
