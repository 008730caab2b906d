#include "run/dispatcher.hpp"

#include <algorithm>
#include <csignal>
#include <string>

#include "base/clock.hpp"

namespace penstock {
namespace {

constexpr unsigned kOpenFailures = 3;
constexpr std::uint64_t kStartPauseNs = 100 * kMs;  // before a worker is started again
constexpr double kShortCallNs = 1e6;                // on average

}  // namespace

Dispatcher::Dispatcher(RunState& state, Feeder& feeder, Callbacks& callbacks)
    : state_(state), feeder_(feeder), callbacks_(callbacks), pools_(state.plan.pools.size()) {
  extend();
}

void Dispatcher::extend() {
  for (; known_ < state_.stages.size(); ++known_) {
    const StageState& stage = state_.stages[known_];
    auto& stages = pools_[stage.plan->pool].stages;
    if (stage.is(TaskKind::transform)) stages.insert(stages.begin(), known_);
  }
}

bool Dispatcher::turn() {
  bool moved = false;
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    const auto& stages = pools_[i].stages;
    if (stages.empty() || !state_.serves(state_.stages[stages.front()])) continue;
    moved |= start_missing(i);
    moved |= serve(pools_[i], i);
  }
  return moved;
}

bool Dispatcher::start_missing(std::size_t index) {
  PoolState& pool = pools_[index];
  const bool idle = std::all_of(pool.stages.begin(), pool.stages.end(), [&](StageIndex number) {
    const StageState& stage = state_.stages[number];
    return stage.over || (stage.is_callback() && stage.queue.empty());
  });
  if (idle || state_.now < pool.not_before) return false;
  bool moved = false;
  for (const unsigned wanted = wanted_workers(index); pool.workers < wanted; ++pool.workers) {
    auto worker = state_.fleet->start(state_.worker_options(index));
    if (!worker) {
      // What is there already can go on; a run with no worker at all cannot.
      StageState& stage = state_.stages[pool.stages.front()];
      if (stage.is_callback()) {
        callbacks_.give_up(stage, worker.error().what());
      } else if (pool.workers == 0) {
        state_.end_early(Status::lack, worker.error().what());
      }
      pool.not_before = state_.now + kStartPauseNs;
      return moved;
    }
    moved = true;
  }
  return moved;
}

unsigned Dispatcher::wanted_workers(std::size_t pool) const {
  const PoolPlan& plan = state_.plan.pools[pool];
  if (!plan.on_demand) return plan.processes;
  return static_cast<unsigned>(std::min<std::uint64_t>(plan.processes, state_.ledger.live()));
}

std::size_t Dispatcher::call_room() const {
  std::size_t room = 0;
  std::size_t serving = 0;
  for (const auto& [id, worker] : state_.fleet->workers()) {
    if (worker->state != Worker::State::serving) continue;
    const std::size_t ahead = worker->open_ended > 0 ? 0 : calls_ahead(*worker, state_.now);
    room += ahead - std::min(ahead, worker->calls.size());
    ++serving;
  }
  // Those that are still to come take one each.
  for (const PoolPlan& pool : state_.plan.pools) {
    room += pool.processes - std::min<std::size_t>(pool.processes, serving);
  }
  for (const StageState& stage : state_.stages) room -= std::min(room, stage.queue.size());
  return room;
}

void Dispatcher::open(Worker& worker) {
  worker.state = Worker::State::opening;
  for (const StageIndex stage : pools_[worker.pool].stages) {
    if (state_.stages[stage].plan->called) continue;
    ++worker.opens_left;
    open_stage(worker, stage);
  }
  if (worker.opens_left == 0) worker.state = Worker::State::serving;
}

void Dispatcher::open_stage(Worker& worker, StageIndex stage) {
  (void)worker.link.send_letter(ipc::LetterKind::stage,
                                encode(state_.stage_order(state_.stages[stage])));
  Call call;
  call.kind = ipc::Kind::open;
  call.stage = stage;
  state_.call(worker, ipc::Descriptor{}, call);
}

void Dispatcher::opened(StageState& stage, Worker& worker, ipc::Ending ending,
                        penstock_failure failure, const std::string& text) {
  if (ending != ipc::Ending::ok) return open_failed(stage, worker, failure, text);
  if (!stage.plan->called && --worker.opens_left == 0) {
    pools_[worker.pool].open_failures = 0;
    worker.state = Worker::State::serving;
  }
}

void Dispatcher::open_failed(StageState& stage, Worker& worker, penstock_failure failure,
                             const std::string& text) {
  if (stage.plan->called) {
    // It concerns the calls of this task alone; the next one tries again.
    worker.opened[stage.index] = false;
    worker.open_failure = "open failed: " + text;
    return;
  }
  PoolState& pool = pools_[worker.pool];
  const std::string what =
      "stage `" + stage.plan->name + "` (" + stage.plan->task_name + "): open failed: " + text;
  const bool permanent = failure == PENSTOCK_FAIL_PERMANENT;
  worker.state = Worker::State::leaving;
  // Workers that were started together fail together: that counts once.
  if (state_.now >= pool.not_before) ++pool.open_failures;
  const bool lack = failure == PENSTOCK_FAIL_LACK;
  if (stage.is_callback() && (lack || permanent || pool.open_failures >= kOpenFailures)) {
    callbacks_.give_up(stage, what);
  } else if (lack) {
    state_.end_early(Status::lack, what);
  } else if (permanent && !state_.taking) {
    state_.end_early(Status::refused, what);
  } else if (permanent || pool.open_failures >= kOpenFailures) {
    state_.end_early(Status::gave_up, what);
  } else {
    state_.say(Level::warning, what + "; it is tried again");
  }
  pool.not_before = state_.now + kStartPauseNs;
}

void Dispatcher::died(const Worker& worker) {
  PoolState& pool = pools_[worker.pool];
  --pool.workers;
  if (worker.finished == 0 && state_.deaths_before_work > 0) {
    pool.not_before = state_.now + (kStartPauseNs << std::min(state_.deaths_before_work, 5u));
  }
}

std::uint64_t Dispatcher::next_due() const {
  std::uint64_t due = 0;
  for (const PoolState& pool : pools_) {
    if (pool.not_before > state_.now && (due == 0 || pool.not_before < due)) due = pool.not_before;
  }
  return due;
}

std::vector<Worker*> Dispatcher::free_workers(std::size_t index) const {
  std::vector<Worker*> free;
  for (const auto& [id, worker] : state_.fleet->workers()) {
    if (worker->pool == index && !worker->stage && worker->state == Worker::State::serving &&
        worker->wanted_extent == 0 && takes_more(*worker)) {
      free.push_back(worker.get());
    }
  }
  std::sort(free.begin(), free.end(),
            [](const Worker* a, const Worker* b) { return a->calls.size() < b->calls.size(); });
  return free;
}

bool Dispatcher::serve(PoolState& pool, std::size_t index) {
  bool moved = false;
  const bool any = std::any_of(pool.stages.begin(), pool.stages.end(), [&](StageIndex stage) {
    return !state_.stages[stage].queue.empty();
  });
  if (!any) return false;
  std::vector<Worker*> free = free_workers(index);
  // One call for each in turn, beginning with those who have the least to do.
  std::size_t next = 0;
  for (const StageIndex number : pool.stages) {
    StageState& stage = state_.stages[number];
    while (!free.empty() && may_call(stage, false)) {
      const std::size_t count = feeder_.ready(stage);
      if (count == 0) break;
      next %= free.size();
      Worker& worker = *free[next];
      if (!send(stage, worker, count)) return moved;
      moved = true;
      if (takes_more(worker)) {
        ++next;
      } else {
        free.erase(free.begin() + static_cast<std::ptrdiff_t>(next));
      }
    }
  }
  if (!state_.sequence.empty()) moved |= serve_first_in_order(index, free);
  return moved;
}

// An item that others wait for, and that itself waits for room behind them, goes before them all:
// without that, an order over several stages would come to stand still.
bool Dispatcher::serve_first_in_order(std::size_t index, std::vector<Worker*>& free) {
  bool moved = false;
  state_.sequence.for_each_head([&](ItemIndex head) {
    const Item& item = state_.ledger.at(head);
    if (!item.queued || free.empty()) return;
    StageState& stage = state_.stages[item.stage];
    if (!stage.is(TaskKind::transform) || stage.plan->pool != index || may_call(stage, false) ||
        !may_call(stage, true)) {
      return;
    }
    state_.pull_to_front(stage, head);
    if (feeder_.ready(stage) == 0 || !send(stage, *free.front(), 1)) return;
    moved = true;
    if (!takes_more(*free.front())) free.erase(free.begin());
  });
  return moved;
}

bool Dispatcher::takes_more(const Worker& worker) const {
  if (worker.open_ended > 0) return false;
  std::uint64_t most = calls_ahead(worker, state_.now);
  const std::uint64_t life = state_.plan.pools[worker.pool].recycle_items;
  if (life > 0) most = std::min(most, life - std::min(life, worker.items));
  return worker.calls.size() < most;
}

bool Dispatcher::may_call(const StageState& stage, bool first_in_order) const {
  if (stage.plan->parallel > 0 && stage.calls >= stage.plan->parallel) return false;
  if (!first_in_order && !stage.spools.empty()) return false;
  return state_.room_after(stage, first_in_order) > 0;
}

bool Dispatcher::send(StageState& stage, Worker& worker, std::size_t count) {
  if (stage.plan->called) {
    if (worker.opened.size() <= stage.index) worker.opened.resize(stage.index + 1u);
    if (!worker.opened[stage.index]) open_stage(worker, stage.index);
    worker.opened[stage.index] = true;
  }
  if (!feeder_.send(stage, worker, count)) return false;
  Call& call = worker.calls.back();
  // A caller may wait for one call before another can end: none is to stand behind a long one.
  call.open_ended = stage.plan->called && (stage.call_ns <= 0 || stage.call_ns > kShortCallNs);
  worker.open_ended += call.open_ended ? 1 : 0;
  call.expected = std::max(1u, static_cast<std::uint32_t>(stage.outputs_per_call));
  state_.expect(stage, call.expected);
  return true;
}

}  // namespace penstock
