#include "plan/policies.hpp"

#include <algorithm>

#include "plan/wiring.hpp"

namespace penstock {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t items_of_batch_key = 100;
constexpr milliseconds wait_of_batch_key{20};
constexpr std::size_t items_by_itself = 64;  // what is waiting already, and no wait for more

template <class T, class U>
void take(const Given<T>& given, U& value) {
  if (given) value = static_cast<U>(given->value);
}

void plan_retry(const RetrySpec& retry, RetryPolicy& policy, Findings& findings) {
  take(retry.attempts, policy.attempts);
  take(retry.backoff, policy.backoff);
  policy.max_backoff = std::max(policy.max_backoff, policy.backoff);
  take(retry.max_backoff, policy.max_backoff);
  if (policy.backoff > policy.max_backoff) {
    findings.add(retry.max_backoff->mark, "`max_backoff` is less than `backoff`",
                 "the wait grows from `backoff` up to `max_backoff`");
  }
  const auto tried_again = [&](const char* name) {
    return retry.outcomes.empty() ||
           std::any_of(retry.outcomes.begin(), retry.outcomes.end(),
                       [&](const Marked<std::string>& outcome) { return outcome.value == name; });
  };
  policy.failed = tried_again("failed");
  policy.crashed = tried_again("crashed");
  policy.timed_out = tried_again("timed_out");
}

void plan_batch(const StageSpec& stage, StagePlan& plan, Findings& findings) {
  plan.batch.items = stage.batch ? items_of_batch_key : items_by_itself;
  plan.batch.wait = stage.batch ? wait_of_batch_key : milliseconds(0);
  if (stage.batch) {
    take(stage.batch->bytes, plan.batch.bytes);
    take(stage.batch->wait, plan.batch.wait);
  }
  // A batch of what can wait at all: more would never come together.
  plan.batch.items = std::min(plan.batch.items, plan.queue.items);
  if (!stage.batch || !stage.batch->items) return;
  plan.batch.items = stage.batch->items->value;
  if (plan.batch.items <= plan.queue.items) return;
  findings.add(stage.batch->items->mark,
               "a batch of " + std::to_string(plan.batch.items) +
                   " items never comes together: " + std::to_string(plan.queue.items) +
                   " may wait before stage " + ticked(stage.name.value),
               "`queue: {items: " + std::to_string(plan.batch.items) + "}` lets so many wait");
}

}  // namespace

void plan_policies(const StageSpec& stage, const TaskDescription* task, StagePlan& plan,
                   Findings& findings) {
  take(stage.parallel, plan.parallel);
  take(stage.timeout, plan.timeout);
  take(stage.max_output, plan.max_output);
  take(stage.rate, plan.rate);
  if (stage.queue) {
    take(stage.queue->items, plan.queue.items);
    take(stage.queue->bytes, plan.queue.bytes);
  }
  if (stage.snapshot) {
    take(stage.snapshot->every, plan.snapshot.every);
    take(stage.snapshot->bytes, plan.snapshot.bytes);
  }
  if (stage.on_failure) {
    plan.on_failure = stage.on_failure->value == "skip"   ? OnFailure::skip
                      : stage.on_failure->value == "stop" ? OnFailure::stop
                                                          : OnFailure::dead_letter;
  }
  if (stage.on_death && stage.on_death->value == "stop") plan.on_death = OnDeath::stop;
  if (stage.retry) plan_retry(*stage.retry, plan.retry, findings);
  if (stage.partition) {
    plan.partitioned = true;
    take(stage.partition->instances, plan.instances);
    take(stage.partition->by, plan.key_field);
  }
  if (task != nullptr && task->takes_batch()) plan_batch(stage, plan, findings);
}

void check_kind(const StageSpec& stage, const TaskDescription& task, Findings& findings) {
  const std::string is = ticked(stage.task.value) + " is " + kind_in_words(task.kind);
  const auto refuse = [&](bool given, Mark mark, const std::string& key, const std::string& why) {
    if (given)
      findings.add(mark, ticked(key) + " has no meaning here: " + is + ", " + why, "remove it");
  };
  const auto mark = [](const auto& given) { return given ? given->mark : Mark{}; };
  const bool source = task.kind == TaskKind::source;
  if (task.kind != TaskKind::transform) {
    refuse(stage.parallel.has_value(), mark(stage.parallel), "parallel",
           "and only a transform runs several calls at a time");
  }
  if (task.kind != TaskKind::stateful) {
    refuse(stage.snapshot.has_value(), mark(stage.snapshot), "snapshot",
           "and only a stateful task takes snapshots at set times");
    refuse(stage.on_death.has_value(), mark(stage.on_death), "on_death",
           "and only a stateful task can lose what it holds");
    refuse(stage.partition.has_value(), mark(stage.partition), "partition",
           "and only a stateful task keeps what belongs to a key");
  }
  if (source) {
    refuse(stage.queue.has_value(), mark(stage.queue), "queue", "and nothing waits before it");
    refuse(stage.ordered.has_value(), mark(stage.ordered), "ordered", "and takes no items");
    refuse(stage.batch.has_value(), mark(stage.batch), "batch", "and takes no items");
    refuse(stage.on_failure.has_value(), mark(stage.on_failure), "on_failure",
           "and one that fails for good ends the run");
  }
  if (task.kind == TaskKind::sink) {
    refuse(stage.max_output.has_value(), mark(stage.max_output), "max_output", "and emits nothing");
  }
  if (stage.batch && !source && !task.takes_batch()) {
    findings.add(
        stage.batch->mark,
        "`batch` has no meaning here: " + ticked(stage.task.value) + " takes its items one by one",
        "remove it; a task that takes several at once has `run(std::span<const T>)`");
  }
  const bool stops = stage.on_death && stage.on_death->value == "stop";
  if (task.kind == TaskKind::stateful && !task.has_snapshot() && !stops) {
    findings.add(stage.task.mark,
                 is + " without a snapshot: the death of its worker would lose what it holds",
                 "`on_death: stop` accepts that, and ends the run then");
  }
}

}  // namespace penstock
