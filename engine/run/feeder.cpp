#include "run/feeder.hpp"

#include <algorithm>

namespace penstock {
namespace {

std::uint64_t patience(const StageState& stage) {
  return static_cast<std::uint64_t>(stage.plan->batch.wait.count()) * 1'000'000;
}

}  // namespace

std::size_t Feeder::ready(StageState& stage) {
  while (!stage.queue.empty() && state_.ledger.at(stage.queue.front()).cancelled) {
    const ItemIndex item = state_.dequeue(stage);
    state_.forget_terms(item);
    state_.ledger.end(item, Fate::dead);
  }
  if (stage.queue.empty()) return 0;
  const std::uint64_t allowed = rate_of(stage).ready(state_.now);
  const BatchPolicy& batch = stage.plan->batch;
  if (allowed == 0 || batch.items <= 1) return allowed == 0 ? 0 : 1;
  if (state_.ledger.at(stage.queue.front()).alone) return 1;
  if (waits_for_more(stage)) return 0;
  const std::size_t most = std::min<std::uint64_t>(batch.items, allowed);
  std::size_t count = 0;
  std::uint64_t bytes = 0;
  for (ItemIndex item = stage.queue.front(); item != kNoItem && count < most; ++count) {
    const Item& entry = state_.ledger.at(item);
    bytes += entry.payload.size();
    if (entry.alone || (count > 0 && bytes > batch.bytes)) break;
    item = entry.next;
  }
  return count;
}

// The instances of a stage share one.
Rate& Feeder::rate_of(const StageState& stage) const {
  return state_.stages[stage.index - stage.plan->instance].rate;
}

// While more can come at all.
bool Feeder::waits_for_more(const StageState& stage) const {
  const BatchPolicy& batch = stage.plan->batch;
  const QueueBound& bound = stage.plan->queue;
  return stage.queue.size() < std::min<std::uint64_t>(batch.items, bound.items) &&
         stage.queued_bytes < std::min(batch.bytes, bound.bytes) &&
         state_.now < stage.waits_since + patience(stage) && !stage.upstream_over &&
         !state_.ending && !state_.short_of_memory;
}

bool Feeder::send(StageState& stage, Worker& worker, std::size_t count) {
  Call call;
  call.kind = ipc::Kind::run;
  call.stage = stage.index;
  for (std::size_t i = 0; i < count; ++i) {
    const ItemIndex index = state_.dequeue(stage);
    (i == 0 ? call.item : call.others.emplace_back()) = index;
    const Item& item = state_.ledger.at(index);
    ipc::Descriptor descriptor;
    if (item.particular) {
      // A failure is the death of the worker, which its process tells.
      (void)state_.bring_objects(worker, index);
      for (const auto& object : state_.terms.at(index).objects) call.objects.push_back(object->id);
    }
    descriptor.code = static_cast<std::uint8_t>(std::min(item.attempts + 1, 255));
    descriptor.extra = item.edge;
    if (auto attached = state_.attach(worker, item.payload, descriptor); !attached) {
      for (std::size_t k = i + 1; k-- > 0;) state_.enqueue_first(call.at(k));
      state_.end_early(Status::lack, attached.error().what());
      return false;
    }
    if (i + 1 < count) {
      descriptor.kind = ipc::Kind::part;
      descriptor.stage = stage.index;
      descriptor.call = worker.next_call;
      worker.link.send(descriptor);
      continue;
    }
    state_.call(worker, descriptor, std::move(call));
  }
  rate_of(stage).take(count);
  stage.running += static_cast<std::uint32_t>(count);
  ++stage.calls;
  if (!stage.queue.empty()) stage.waits_since = state_.now;
  return true;
}

std::uint64_t Feeder::next_due() const {
  std::uint64_t due = 0;
  const auto at = [&](std::uint64_t when) {
    if (when > state_.now && (due == 0 || when < due)) due = when;
  };
  for (const StageState& stage : state_.stages) {
    const bool source = stage.is(TaskKind::source) && !stage.ended;
    if (stage.queue.empty() && !source) continue;
    at(state_.stages[stage.index - stage.plan->instance].rate.next_at());
    if (!stage.queue.empty() && stage.plan->batch.items > 1) {
      at(stage.waits_since + patience(stage));
    }
  }
  return due;
}

}  // namespace penstock
