#include "run/callbacks.hpp"

#include <algorithm>
#include <utility>

namespace penstock {
namespace {

constexpr std::uint64_t kToldFailures = 3;  // one by one; after them only their number counts

constexpr unsigned kDeathsBeforeWork = 5;

// As the file says it: a task, or a command.
std::string callee(const StagePlan& plan) {
  if (!plan.callback->command) return plan.task_name;
  const auto words = std::find_if(plan.arguments.begin(), plan.arguments.end(),
                                  [](const Argument& argument) { return argument.name == "argv"; });
  return words == plan.arguments.end() ? plan.task_name : words->values.front().text;
}

}  // namespace

Callbacks::Callbacks(RunState& state) : state_(state) {
  for (const StageState& stage : state_.stages) {
    if (!stage.is_callback()) continue;
    Callback& callback = callbacks_.emplace_back();
    callback.stage = stage.index;
    const std::vector<std::size_t>& of = stage.plan->callback->stages;
    callback.of.assign(state_.stages.size(), of.empty());
    for (const std::size_t index : of) callback.of[index] = true;
  }
}

bool Callbacks::wants(Event event, StageIndex stage) const {
  return std::any_of(callbacks_.begin(), callbacks_.end(), [&](const Callback& callback) {
    return state_.stages[callback.stage].plan->callback->event == event &&
           (stage == kNoStage || callback.of[stage]);
  });
}

void Callbacks::tell(const Completed& completed, StageIndex stage) {
  for (Callback& callback : callbacks_) {
    const CallbackPolicy& policy = *state_.stages[callback.stage].plan->callback;
    if (policy.event == completed.event && (stage == kNoStage || callback.of[stage])) {
      enqueue(callback, completed);
    }
  }
}

void Callbacks::tell_done(const Item& item) {
  if (item.dead || !wants(Event::item_done, item.made_by)) return;
  Completed completed;
  completed.event = Event::item_done;
  completed.stage = state_.name_of(item.made_by);
  const auto& named = state_.ledger.id_of_root;
  completed.item = named ? named(item) : completed.stage + ":" + std::to_string(item.number);
  completed.attempt = std::max<unsigned>(1, item.attempts + (item.failed ? 0u : 1u));
  completed.outcome = item.handled ? "handled" : item.skipped ? "skipped" : "done";
  const std::uint64_t age_ms = (state_.now - state_.began_at) / 1'000'000;
  completed.seconds =
      static_cast<double>(age_ms - std::min<std::uint64_t>(age_ms, item.born_ms)) / 1e3;
  tell(completed, item.made_by);
}

void Callbacks::enqueue(Callback& callback, const Completed& completed) {
  StageState& stage = state_.stages[callback.stage];
  const CallbackPolicy& policy = *stage.plan->callback;
  if (callback.given_up) {
    ++callback.not_called;
    return;
  }
  if (policy.drop && full(callback)) {
    ++callback.dropped;
    return;
  }
  const std::string record =
      policy.command ? completion_line(completed) : completion_record(completed);
  const auto bytes = std::as_bytes(std::span(record));
  auto block = state_.memory.keep(bytes);
  if (!block) {
    ++callback.dropped;
    callback.last_failure = block.error().what();
    return;
  }
  const Payload payload = Payload::of_block(block.value(), 0, bytes.size());
  state_.enqueue(state_.ledger.add(payload, callback.stage, kNoStage, 0, kNoItem));
}

Callbacks::Callback& Callbacks::of(const StageState& stage) {
  return *std::find_if(callbacks_.begin(), callbacks_.end(),
                       [&](const Callback& callback) { return callback.stage == stage.index; });
}

std::uint64_t Callbacks::waiting(const Callback& callback) const {
  return state_.ledger.stage(callback.stage).pending();
}

void Callbacks::failed(StageState& stage, const std::string& cause) {
  Callback& callback = of(stage);
  ++callback.failures;
  callback.deaths = 0;
  callback.last_failure = cause;
  if (callback.failures > kToldFailures) return;
  const std::string more = callback.failures == kToldFailures
                               ? "; more failures of it are only counted, in the summary"
                               : "";
  state_.say(Level::warning, "callback `" + stage.plan->name + "` (" + callee(*stage.plan) +
                                 ") failed: " + cause + more);
}

void Callbacks::died_before_work(StageState& stage, const std::string& how) {
  if (++of(stage).deaths < kDeathsBeforeWork) return;
  give_up(stage, std::to_string(kDeathsBeforeWork) +
                     " workers in a row ended before they could call it, the last one: " + how);
}

void Callbacks::give_up(StageState& stage, const std::string& why) {
  Callback& callback = of(stage);
  if (!std::exchange(callback.given_up, true)) {
    callback.last_failure = why;
    state_.say(Level::error, "callback `" + stage.plan->name + "` (" + callee(*stage.plan) +
                                 ") cannot be called, and is given up: " + why);
  }
  while (!stage.queue.empty()) {
    ++callback.not_called;
    state_.ledger.end(state_.dequeue(stage), Fate::dead);
  }
}

void Callbacks::called(const StageState& stage) {
  of(stage).deaths = 0;
}

bool Callbacks::full(const Callback& callback) const {
  const StageState& stage = state_.stages[callback.stage];
  return waiting(callback) >= stage.plan->queue.items ||
         stage.queued_bytes >= stage.plan->queue.bytes;
}

bool Callbacks::hold_up() {
  Callback* slow = nullptr;
  for (Callback& callback : callbacks_) {
    const StagePlan& plan = *state_.stages[callback.stage].plan;
    if (!plan.callback->drop && full(callback)) slow = &callback;
  }
  if (slow == nullptr) {
    held_since_ = 0;
    return false;
  }
  if (held_since_ == 0) {
    if (slow->held_up_ns == 0) {
      const StagePlan& plan = *state_.stages[slow->stage].plan;
      state_.say(Level::warning,
                 "callback `" + plan.name + "` (" + callee(plan) +
                     ") is slower than the work: " + std::to_string(waiting(*slow)) +
                     " completions wait for it, and sources now wait, too; "
                     "`overflow: drop` at the callback lets them go on");
    }
    held_since_ = state_.now;
  }
  slow->held_up_ns += state_.now - held_since_ + 1;
  held_since_ = state_.now;
  return true;
}

void Callbacks::close() {
  for (const Callback& callback : callbacks_) state_.stages[callback.stage].upstream_over = true;
}

bool Callbacks::all_called() const {
  return std::all_of(callbacks_.begin(), callbacks_.end(),
                     [&](const Callback& callback) { return state_.stages[callback.stage].over; });
}

std::vector<CallbackReport> Callbacks::report() const {
  std::vector<CallbackReport> reports;
  for (const Callback& callback : callbacks_) {
    const StagePlan& plan = *state_.stages[callback.stage].plan;
    const Account& account = state_.ledger.stage(callback.stage);
    CallbackReport report;
    report.event = std::string(to_string(plan.callback->event));
    report.task = callee(plan);
    report.called = account.done + callback.failures;
    report.failed = callback.failures;
    report.dropped = callback.dropped;
    report.waiting = account.pending() + callback.not_called;
    report.held_up = static_cast<double>(callback.held_up_ns) / 1e9;
    report.last_failure = callback.last_failure;
    reports.push_back(std::move(report));
  }
  return reports;
}

}  // namespace penstock
