#include "run/failures.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "run/payload_text.hpp"

namespace penstock {
namespace {

// This many items in a row given up by a crash, with nothing done between, end the run.
constexpr unsigned kHopeless = 50;

bool wanted(const RetryPolicy& policy, Outcome outcome) {
  switch (outcome) {
    case Outcome::failed:
      return policy.failed;
    case Outcome::crashed:
      return policy.crashed;
    case Outcome::timed_out:
      return policy.timed_out;
  }
  return false;
}

bool all_complete(const std::vector<std::shared_ptr<Cause>>& causes) {
  return std::all_of(causes.begin(), causes.end(),
                     [](const auto& cause) { return cause->complete; });
}

std::string pause_text(std::uint64_t ns) {
  const std::uint64_t ms = ns / 1'000'000;
  if (ms < 1000) return std::to_string(ms) + " ms";
  return std::to_string(ms / 1000) + "." + std::to_string(ms % 1000 / 100) + " s";
}

}  // namespace

Failures::Judgement Failures::judge(ItemIndex index, std::shared_ptr<Cause> cause,
                                    penstock_failure failure) {
  Item& item = state_.ledger.at(index);
  StageState& stage = state_.stages[item.stage];
  if (stage.is_callback()) {
    callbacks_.failed(stage, cause->text);
    state_.ledger.end(index, Fate::dead);
    return {Verdict::given_up};
  }
  if (item.cancelled) {
    end_called(index);
    return {Verdict::given_up};
  }
  const Cause& why = *cause;
  cause->attempt = ++item.attempts;
  item.failed = true;
  state_.causes.add(index, std::move(cause));
  if (!state_.setup.attempt_failed) return decide(index, why, failure);
  Attempt attempt{item.stage, state_.ledger.id(index), item.attempts, why.text, false};
  const Judgement judgement = decide(index, why, failure);
  attempt.given_up = judgement.verdict == Verdict::given_up;
  state_.setup.attempt_failed(attempt);
  return judgement;
}

Failures::Judgement Failures::decide(ItemIndex index, const Cause& why, penstock_failure failure) {
  const Item& item = state_.ledger.at(index);
  const StageState& stage = state_.stages[item.stage];
  const StagePlan& plan = *stage.plan;
  const std::string what = "stage `" + plan.name + "`, item " + state_.ledger.id(index) +
                           ", attempt " + std::to_string(item.attempts) + " in " + why.worker +
                           ": " + why.text;

  if (failure == PENSTOCK_FAIL_LACK && !plan.called) {
    state_.end_early(Status::lack, what);
    return {Verdict::stopped};
  }
  const bool hopeful = failure == PENSTOCK_FAIL_TRANSIENT || wanted(plan.retry, why.outcome);
  if (hopeful && failure != PENSTOCK_FAIL_PERMANENT &&
      item.attempts < state_.attempts_of(index, item)) {
    const std::uint64_t pause = pause_before(plan.retry, item.attempts);
    ++state_.ledger.run().retried;
    ++state_.ledger.stage(item.stage).retried;
    say(Level::warning, why, plan, what, "; next attempt in " + pause_text(pause));
    return {Verdict::again, pause};
  }
  if (plan.on_failure == OnFailure::stop) {
    state_.end_early(Status::gave_up, what + " (`on_failure: stop`)");
    return {Verdict::stopped};
  }
  const bool skip = plan.on_failure == OnFailure::skip;
  const bool handled = stage.failed_is_read;
  say(skip || handled ? Level::warning : Level::error, why, plan, what,
      skip      ? "; skipped"
      : handled ? "; goes to `failed`"
                : "; given up");
  give_up(index, why);
  return {Verdict::given_up};
}

void Failures::say(Level level, const Cause& why, const StagePlan& stage, const std::string& what,
                   const std::string& verdict) {
  const std::string kind = stage.name + verdict.substr(0, verdict.find(" in ")) + why.text;
  std::string note;
  if (repeats_.pass(kind, note)) state_.say(level, what + verdict + note);
}

void Failures::handle(ItemIndex item, std::shared_ptr<Cause> cause, penstock_failure failure) {
  const StageIndex stage = state_.ledger.at(item).stage;
  const Judgement judgement = judge(item, std::move(cause), failure);
  if (judgement.verdict == Verdict::again) {
    waiting_.push_back({state_.now + judgement.pause_ns, item});
    std::push_heap(waiting_.begin(), waiting_.end());
    ++state_.stages[stage].delayed;
  } else if (judgement.verdict == Verdict::stopped) {
    state_.enqueue_first(item);
  }
}

void Failures::handle(const Call& call, std::shared_ptr<Cause> cause, penstock_failure failure) {
  if (failure == PENSTOCK_FAIL_LACK || !break_up(call, *cause)) {
    for (std::size_t i = call.size(); i-- > 1;) state_.enqueue_first(call.at(i));
    return handle(call.item, std::move(cause), failure);
  }
  for (std::size_t i = call.size(); i-- > 0;) state_.enqueue_first(call.at(i));
}

bool Failures::break_up(const Call& call, const Cause& cause) {
  if (call.others.empty()) return false;
  for (std::size_t i = 0; i < call.size(); ++i) state_.ledger.at(call.at(i)).alone = true;
  state_.say(Level::warning, "stage `" + state_.name_of(call.stage) + "`: a call of " +
                                 std::to_string(call.size()) + " items, from " +
                                 state_.ledger.id(call.item) + " on, did not end well in " +
                                 cause.worker + ": " + cause.text +
                                 "; they are run one by one, which shows whose fault it is");
  return true;
}

bool Failures::cancel(std::uint64_t number) {
  for (const Waiting& waiting : waiting_) {
    Item& item = state_.ledger.at(waiting.item);
    if (item.number != number) continue;
    item.cancelled = true;
    return true;
  }
  return false;
}

void Failures::wake_due() {
  while (!waiting_.empty() && waiting_.front().due <= state_.now) {
    std::pop_heap(waiting_.begin(), waiting_.end());
    const ItemIndex item = waiting_.back().item;
    waiting_.pop_back();
    --state_.stages[state_.ledger.at(item).stage].delayed;
    state_.enqueue_first(item);
  }
}

// Twice as long each time, up to the policy's longest, and up to a quarter more or less so that
// items that failed together do not come back together.
std::uint64_t Failures::pause_before(const RetryPolicy& policy, unsigned attempt) {
  double ms = static_cast<double>(policy.backoff.count());
  for (unsigned i = 1; i < attempt; ++i) ms *= 2;
  ms = std::min(ms, static_cast<double>(policy.max_backoff.count()));
  std::uniform_real_distribution<double> jitter(0.75, 1.25);
  return static_cast<std::uint64_t>(ms * jitter(random_) * 1e6);
}

void Failures::end_called(ItemIndex index) {
  state_.forget_terms(index);
  state_.ledger.end(index, Fate::dead);
}

void Failures::give_up(ItemIndex index, const Cause& cause) {
  const Item& item = state_.ledger.at(index);
  const StageState& stage = state_.stages[item.stage];
  if (stage.plan->called) return post_call(index);
  const bool died = cause.outcome != Outcome::failed;
  if (stage.plan->on_failure == OnFailure::skip) {
    state_.ledger.end(index, Fate::skipped);
  } else {
    post(index, stage.failed_is_read);
  }
  if (died && ++state_.given_up_by_crash >= kHopeless) {
    state_.end_early(Status::gave_up, std::to_string(kHopeless) +
                                          " items in a row were given up because their worker "
                                          "died, and none was done between them");
  }
}

// As a person reads it, and as it came, so that it can be run again.
void Failures::note_payload(Unwritten& unwritten, const Item& item) {
  DeadLetter& letter = unwritten.letter;
  const std::uint64_t size = item.payload.size();
  const bool whole = size <= DeadLetter::kMaxContent;
  auto payload = state_.read(item.payload, whole ? size : DeadLetter::kMaxPayload);
  if (!payload) {
    letter.payload = payload_json("text", payload.error().what(), 0);
    return;
  }
  const std::string& type = state_.type_of(item);
  if (!whole) {
    letter.payload = payload_json(type, *payload, size);
    return;
  }
  const std::size_t value = state_.value_of(item, std::as_bytes(std::span(*payload))).size();
  const std::string_view bytes(payload->data(), value);
  letter.payload = payload_json(type, bytes.substr(0, DeadLetter::kMaxPayload), value);
  if (value <= DeadLetter::kMaxPayload && callbacks_.wants(Event::item_failed, item.stage)) {
    unwritten.value = any_value(type, bytes);
  }
  const StagePlan& stage = *state_.stages[item.stage].plan;
  letter.type = type;
  letter.input = stage.task.inputs[stage.from[item.edge].input].name;
  letter.content = bytes;
  if (payload->size() >= value + ipc::kKeySizeBytes) {
    letter.key = payload->substr(value, payload->size() - value - ipc::kKeySizeBytes);
  }
}

// It is written, or handed over, when the stacks of its causes are known.
void Failures::post(ItemIndex index, bool handled) {
  const Item& item = state_.ledger.at(index);
  StageState& stage = state_.stages[item.stage];
  const PluginDescription& plugin = state_.plan.plugins[stage.plan->plugin];
  Unwritten unwritten;
  unwritten.stage = item.stage;
  unwritten.letter.item = state_.ledger.id(index);
  unwritten.letter.stage = stage.plan->name;
  unwritten.letter.task = stage.plan->task_name;
  unwritten.letter.plugin = plugin.name + " " + plugin.version;
  unwritten.letter.build = plugin.build_id;
  unwritten.causes = state_.causes.take(index);
  if (handled) {
    unwritten.handled = index;
    ++stage.reporting;
  } else {
    ++state_.letters;
    note_payload(unwritten, item);
    if (checkpoints_.on()) unwritten.letter.path = checkpoints_.path_of(index);
    // The journal has it before the account has; again, when more is known.
    note_attempts(unwritten);
    checkpoints_.put(unwritten.letter);
    unwritten.noted = all_complete(unwritten.causes);
    state_.ledger.end(index, Fate::dead);
  }
  unwritten_.push_back(std::move(unwritten));
  write_letters();
}

void Failures::post_call(ItemIndex index) {
  Unwritten unwritten;
  unwritten.call = state_.ledger.at(index).number;
  unwritten.letter.item = state_.ledger.id(index);
  unwritten.causes = state_.causes.take(index);
  end_called(index);
  unwritten_.push_back(std::move(unwritten));
  write_letters();
}

void Failures::write_letters() {
  while (!unwritten_.empty()) {
    Unwritten& next = unwritten_.front();
    if (!all_complete(next.causes)) return;
    write(next);
    unwritten_.pop_front();
  }
}

void Failures::write_rest() {
  for (Unwritten& next : unwritten_) {
    if (next.handled == kNoItem) write(next);
  }
  unwritten_.clear();
}

void Failures::write(Unwritten& next) {
  if (next.call) return state_.setup.caller->given_up(*next.call, next.letter.item, next.causes);
  if (!next.noted) note_attempts(next);
  if (next.handled != kNoItem) return hand_over(next);
  if (!next.noted) checkpoints_.put(next.letter);
  tell(next);
}

void Failures::note_attempts(Unwritten& unwritten) {
  unwritten.letter.attempts.clear();
  for (const auto& cause : unwritten.causes) {
    DeadLetter::Attempt attempt;
    attempt.cause = cause->text;
    attempt.signal = cause->signal;
    attempt.exit = cause->exit;
    attempt.message = cause->message;
    attempt.stack = cause->stack;
    attempt.output = cause->output;
    attempt.worker = cause->worker;
    attempt.seconds = cause->seconds;
    unwritten.letter.attempts.push_back(std::move(attempt));
  }
}

// The item is done here: what becomes of its record is what becomes of it.
void Failures::hand_over(Unwritten& next) {
  const Item& item = state_.ledger.at(next.handled);
  auto payload = state_.read(item.payload, UINT64_MAX);
  Result<BlockId> block = payload ? BlockId{0} : Result<BlockId>(payload.error());
  std::string record;
  if (payload) {
    const auto value = state_.value_of(item, std::as_bytes(std::span(*payload)));
    record = failed_record(next.letter,
                           any_value(state_.type_of(item), {payload->data(), value.size()}));
    block = state_.memory.keep(std::as_bytes(std::span(record)));
  }
  --state_.stages[next.stage].reporting;
  if (!block) {
    state_.end_early(Status::lack, block.error().what());
    return state_.enqueue_first(next.handled);
  }
  delivery_.report_failed(next.handled, Payload::of_block(block.value(), 0, record.size()));
  state_.ledger.end(next.handled, Fate::handled);
}

void Failures::tell(const Unwritten& next) {
  if (!callbacks_.wants(Event::item_failed, next.stage)) return;
  const Cause& last = *next.causes.back();
  Completed completed;
  completed.event = Event::item_failed;
  completed.stage = next.letter.stage;
  completed.item = next.letter.item;
  completed.attempt = last.attempt;
  completed.outcome = "dead";
  completed.cause = last.text;
  for (const auto& cause : next.causes) completed.seconds += cause->seconds;
  completed.value = next.value;
  callbacks_.tell(completed, next.stage);
}

}  // namespace penstock
