// What the answers of pinned stages mean, and the way back to a mark.

#include <algorithm>
#include <csignal>
#include <string>
#include <utility>

#include "run/pinned.hpp"

namespace penstock {
namespace {

constexpr unsigned kFailuresAtMost = 3;            // in a row, of open, commit and the like
constexpr std::uint64_t kStumbleNs = 100'000'000;  // before the next attempt, doubled each time

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
  worker.input_position = pinned.mark.input_position;
  ipc::StageOrder order = state_.stage_order(stage);
  const Checkpoint& mark = pinned.mark;
  order.input_position = mark.input_position;
  ipc::Descriptor at;
  if (mark.taken) {
    order.restore = true;
    order.forced = state_.setup.forced;
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
  if (call.unwanted) return {};
  if (call.kind == ipc::Kind::open) {
    opened(stage, worker, ending, failure, text);
    return {};
  }
  if (call.kind == ipc::Kind::run) return ran(stage, worker, call, ending, failure, text);
  if (call.kind == ipc::Kind::close) {
    closed(stage, worker, ending == ipc::Ending::failed ? text : std::string());
    return {};
  }
  if (ending == ipc::Ending::failed || ending == ipc::Ending::unrun) {
    const std::string what = std::string(words(call.kind)) + " failed: " + text;
    go_back(stage, worker, kNoItem);
    // One whose answer the sink did not get may have reached the output all the same.
    if (call.kind == ipc::Kind::commit && ending == ipc::Ending::failed) {
      stage.pinned.unheard = stage.pinned.covered;
    }
    stumble(stage, what, failure);
    stage.pinned.phase = Phase::down;
    return {};
  }
  switch (call.kind) {
    case ipc::Kind::produce:
      return produced(stage, worker, call, ending == ipc::Ending::end);
    case ipc::Kind::snapshot:
    case ipc::Kind::commit:
      return marked(stage, worker, call.amount);
    default:
      return finished(stage, worker);
  }
}

// Everything had been done and marked; what was left was to say goodbye.
void Pinned::closed(StageState& stage, Worker& worker, const std::string& failure) {
  if (!failure.empty()) {
    state_.say(Level::warning, "stage `" + stage.plan->name + "` (" + stage.plan->task_name +
                                   "): close failed: " + failure);
  }
  stage.pinned.phase = Phase::closed;
  stage.pinned.worker = nullptr;
  if (worker.alive()) worker.state = Worker::State::leaving;
}

Result<void> Pinned::produced(StageState& stage, Worker& worker, const Call& call, bool end) {
  if (input_.used_by(stage.index) && (worker.input_position > input_.position() ||
                                      worker.input_position < stage.pinned.mark.input_position)) {
    return Error(Status::gave_up, "it stands where there is no standard input");
  }
  auto mark = take_mark(worker);
  if (!mark) return mark.error();
  if (auto produced = intake_.produced(stage, worker, call, end); !produced) {
    if (mark->where == ipc::Where::block) state_.extents.release(mark->block);
    return produced;
  }
  // One that has only waited for input may die of what comes, each time.
  const bool waited = input_.used_by(stage.index) && stage.empty_answers > 0 &&
                      worker.input_position == stage.pinned.mark.input_position;
  if (!waited) stage.pinned.failures = 0;
  // A call that was on its way when the source ended brings no mark.
  if (keeps(stage) && mark->where != ipc::Where::nothing) {
    set_mark(stage, worker, mark.value(), stage.pinned.mark.number + 1);
    checkpoints_.note_place(stage);
  }
  if (input_.used_by(stage.index)) input_.forget_before(worker.input_position);
  return {};
}

Result<void> Pinned::ran(StageState& stage, Worker& worker, const Call& call, ipc::Ending ending,
                         penstock_failure failure, const std::string& text) {
  PinnedState& pinned = stage.pinned;
  if (ending == ipc::Ending::ok) {
    std::vector<ItemIndex> members;
    for (std::size_t i = 0; i < call.size(); ++i) members.push_back(call.at(i));
    auto checked = delivery_.check(worker, stage, members, pinned.made);
    if (!checked) return checked;
    state_.call_over(stage, call);
    if (stage.is_callback()) {
      callbacks_.called(stage);
    } else {
      state_.given_up_by_crash = 0;
    }
    if (!keeps(stage)) {
      pinned.failures = 0;
      release_made(stage, pinned.made, static_cast<std::uint32_t>(pinned.mark.number + 1));
    }
    for (const ItemIndex item : members) {
      if (keeps(stage)) {
        pinned.retained.push_back(state_.ledger, item);
        pinned.retained_bytes += state_.ledger.at(item).payload.size();
      } else {
        state_.ledger.end(item, Fate::done);
      }
    }
    return {};
  }

  if (ending == ipc::Ending::unrun) {  // the run is ending, and it had not begun
    for (std::size_t i = call.size(); i-- > 0;) state_.enqueue_first(call.at(i));
    state_.call_over(stage, call);
    return {};
  }
  auto cause = state_.failed_cause(worker, text);
  ItemIndex over = kNoItem;
  if (ending == ipc::Ending::damaged) {
    const auto judgement = failures_.judge(call.at(worker.damaged), std::move(cause), failure);
    if (judgement.verdict == Failures::Verdict::given_up) over = call.at(worker.damaged);
  } else {
    over = judge(stage, call, std::move(cause), failure);
  }
  const bool traceless = ending == ipc::Ending::failed && failure == PENSTOCK_FAIL_PERMANENT &&
                         call.size() == 1 && stage.plan->task.atomic_run();
  if (traceless) {
    // The stage goes on. A mark that is under way was asked for after this was sent.
    if (pinned.marking) --pinned.covered;
  } else if (keeps(stage)) {
    // What the task holds is not to be trusted any more: it goes back to its mark.
    go_back(stage, worker, over);
    pinned.phase = Phase::down;
    return {};
  }
  for (std::size_t i = call.size(); i-- > 0;) {
    if (call.at(i) != over) state_.enqueue_first(call.at(i));
  }
  state_.call_over(stage, call);
  return {};
}

ItemIndex Pinned::judge(StageState& stage, const Call& call, std::shared_ptr<Cause> cause,
                        penstock_failure failure) {
  if (failure != PENSTOCK_FAIL_LACK && failures_.break_up(call, *cause)) return kNoItem;
  const auto judgement = failures_.judge(call.item, std::move(cause), failure);
  stage.pinned.not_before = state_.now + judgement.pause_ns;
  return judgement.verdict == Failures::Verdict::given_up ? call.item : kNoItem;
}

void Pinned::died(StageState& stage, Worker& worker, std::shared_ptr<Cause> charged) {
  PinnedState& pinned = stage.pinned;
  if (pinned.worker != &worker) return;
  if (pinned.phase == Phase::closing && worker.calls.size() <= 1) {
    return closed(stage, worker, {});
  }
  if (pinned.phase == Phase::finishing && pinned.leaving.entry > 0) {
    pinned.worker = nullptr;  // it had finished; what it made is on its way
    return;
  }
  const ipc::Kind in_hand = worker.calls.empty() ? ipc::Kind::none : worker.calls.front().kind;
  const bool at_work = charged && in_hand != ipc::Kind::open;
  const bool charged_to_item = at_work && in_hand == ipc::Kind::run;
  std::string why;
  if (charged) why = charged->message.empty() ? charged->text : charged->message;
  ItemIndex except = kNoItem;
  if (charged_to_item) {
    except = judge(stage, worker.calls.front(), std::move(charged), PENSTOCK_FAIL_ERROR);
  }
  go_back(stage, worker, except);
  if (worker.finished == 0 && !at_work) {
    // It has not worked yet: such deaths are counted for the run as a whole.
    pinned.not_before = state_.now + kStumbleNs;
  } else if (at_work && !charged_to_item) {
    stumble(stage, "its worker died in " + std::string(words(in_hand)) + ": " + why,
            PENSTOCK_FAIL_ERROR);
  }
  if (stage.is(TaskKind::stateful) && stage.plan->on_death == OnDeath::stop) {
    state_.end_early(Status::gave_up, "stage `" + stage.plan->name +
                                          "`: its worker died, and with it what it had gathered "
                                          "(`on_death: stop`)");
  }
  if (stage.is(TaskKind::source) && !keeps(stage) && stage.produced > 0 && !stage.ended) {
    state_.end_early(Status::gave_up, "stage `" + stage.plan->name +
                                          "`: its worker died, and the source gives no snapshot to "
                                          "go on from");
  }
  pinned.worker = nullptr;
  pinned.phase = Phase::down;
}

void Pinned::go_back(StageState& stage, Worker& worker, ItemIndex except) {
  PinnedState& pinned = stage.pinned;
  if (pinned.marking && stage.is(TaskKind::sink)) {
    // Only a commit that was in hand, with all that it covers done, can have reached the output.
    const bool in_hand = !worker.calls.empty() && worker.calls.front().kind == ipc::Kind::commit;
    pinned.unheard = in_hand ? std::optional(pinned.covered) : std::nullopt;
  }
  ItemList again;
  again.prepend(state_.ledger, pinned.retained);
  for (Call& call : worker.calls) {
    if (call.unwanted || call.stage != stage.index) continue;
    call.unwanted = true;
    if (call.kind != ipc::Kind::run) continue;
    state_.call_over(stage, call);
    for (std::size_t i = 0; i < call.size(); ++i) {
      if (call.at(i) != except) again.push_back(state_.ledger, call.at(i));
    }
  }
  if (stage.is(TaskKind::source)) intake_.forget_calls(stage);
  state_.requeue(stage, again);
  for (const Output& output : pinned.made) delivery_.release(output);
  pinned.made.clear();
  pinned.retained_bytes = 0;
  pinned.marking = false;
  pinned.last_mark = false;
  pinned.prepared.reset();
}

void Pinned::stumble(StageState& stage, const std::string& what, penstock_failure failure) {
  PinnedState& pinned = stage.pinned;
  const bool lack = failure == PENSTOCK_FAIL_LACK;
  const bool changed = failure == PENSTOCK_FAIL_CHANGED;
  const bool permanent = changed || failure == PENSTOCK_FAIL_PERMANENT;
  const std::string text =
      "stage `" + stage.plan->name + "` (" + stage.plan->task_name + "): " + what;
  ++pinned.failures;
  pinned.not_before = state_.now + (kStumbleNs << std::min(pinned.failures - 1, 6u));
  if (stage.is_callback() && (lack || permanent || pinned.failures >= kFailuresAtMost)) {
    return callbacks_.give_up(stage, text);
  }
  if (lack) return state_.end_early(Status::lack, text);
  if (permanent && !state_.taking) {
    const bool helps = changed && pinned.mark.taken && !state_.setup.forced;
    return state_.end_early(
        Status::refused,
        text + (helps ? "; --force goes on all the same, --fresh begins anew" : ""));
  }
  if (permanent || pinned.failures >= kFailuresAtMost) {
    return state_.end_early(
        Status::gave_up,
        text + (permanent ? "" : "; " + std::to_string(pinned.failures) + " times in a row"));
  }
  state_.say(Level::warning, text + "; it is opened again");
}

}  // namespace penstock
