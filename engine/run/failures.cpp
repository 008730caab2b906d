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

std::string pause_text(std::uint64_t ns) {
  const std::uint64_t ms = ns / 1'000'000;
  if (ms < 1000) return std::to_string(ms) + " ms";
  return std::to_string(ms / 1000) + "." + std::to_string(ms % 1000 / 100) + " s";
}

}  // namespace

Failures::Judgement Failures::judge(ItemIndex index, std::shared_ptr<Cause> cause,
                                    penstock_failure failure) {
  Item& item = state_.ledger.at(index);
  const StagePlan& plan = *state_.stages[item.stage].plan;
  const Cause& why = *cause;
  cause->attempt = ++item.attempts;
  item.failed = true;
  state_.causes.add(index, std::move(cause));
  const std::string what = "stage `" + plan.name + "`, item " + state_.ledger.id(index) +
                           ", attempt " + std::to_string(item.attempts) + " in " + why.worker +
                           ": " + why.text;

  if (failure == PENSTOCK_FAIL_LACK) {
    state_.end_early(Status::lack, what);
    return {Verdict::stopped};
  }
  const bool hopeful = failure == PENSTOCK_FAIL_TRANSIENT || wanted(plan.retry, why.outcome);
  if (hopeful && failure != PENSTOCK_FAIL_PERMANENT && item.attempts < plan.retry.attempts) {
    const std::uint64_t pause = pause_before(plan.retry, item.attempts);
    ++state_.ledger.run().retried;
    ++state_.ledger.stage(item.stage).retried;
    state_.say(Level::warning, what + "; next attempt in " + pause_text(pause));
    return {Verdict::again, pause};
  }
  if (plan.on_failure == OnFailure::stop) {
    state_.end_early(Status::gave_up, what + " (`on_failure: stop`)");
    return {Verdict::stopped};
  }
  state_.say(plan.on_failure == OnFailure::skip ? Level::warning : Level::error,
             what + (plan.on_failure == OnFailure::skip ? "; skipped" : "; given up"));
  give_up(index, why);
  return {Verdict::given_up};
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

void Failures::give_up(ItemIndex index, const Cause& cause) {
  Item& item = state_.ledger.at(index);
  const bool skip = state_.stages[item.stage].plan->on_failure == OnFailure::skip;
  const bool died = cause.outcome != Outcome::failed;
  if (!skip) post_letter(index);
  state_.ledger.end(index, !skip, skip);
  if (died && ++state_.given_up_by_crash >= kHopeless) {
    state_.end_early(Status::gave_up, std::to_string(kHopeless) +
                                          " items in a row were given up because their worker "
                                          "died, and none was done between them");
  }
}

void Failures::post_letter(ItemIndex index) {
  const Item& item = state_.ledger.at(index);
  const StagePlan& plan = *state_.stages[item.stage].plan;
  const PluginDescription& plugin = state_.plan.plugins[plan.plugin];
  ++state_.letters;
  Unwritten unwritten;
  unwritten.letter.item = state_.ledger.id(index);
  unwritten.letter.stage = plan.name;
  unwritten.letter.task = plan.task_name;
  unwritten.letter.plugin = plugin.name + " " + plugin.version;
  unwritten.letter.build = plugin.build_id;
  auto payload = state_.read(item.payload, DeadLetters::kMaxPayload);
  unwritten.letter.payload = payload
                                 ? payload_json(type_before(state_.plan, item.stage, item.made_by),
                                                payload.value(), item.payload.size())
                                 : payload_json("text", payload.error().what(), 0);
  unwritten.causes = state_.causes.take(index);
  unwritten_.push_back(std::move(unwritten));
  write_letters();
}

void Failures::write_letters() {
  while (!unwritten_.empty()) {
    Unwritten& next = unwritten_.front();
    if (!std::all_of(next.causes.begin(), next.causes.end(),
                     [](const auto& cause) { return cause->complete; })) {
      return;
    }
    for (const auto& cause : next.causes) {
      DeadLetter::Attempt attempt;
      attempt.cause = cause->text;
      attempt.signal = cause->signal;
      attempt.exit = cause->exit;
      attempt.message = cause->message;
      attempt.stack = cause->stack;
      attempt.output = cause->output;
      attempt.worker = cause->worker;
      attempt.seconds = cause->seconds;
      next.letter.attempts.push_back(std::move(attempt));
    }
    if (auto written = letters_.write(next.letter); !written) {
      state_.end_early(Status::lack, written.error().what());
    }
    unwritten_.pop_front();
  }
}

}  // namespace penstock
