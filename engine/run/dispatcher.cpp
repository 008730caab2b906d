#include "run/dispatcher.hpp"

#include <algorithm>
#include <csignal>
#include <string>

namespace penstock {
namespace {

constexpr unsigned kOpenFailures = 3;
constexpr std::uint64_t kPauseNs = 100'000'000;

}  // namespace

Dispatcher::Dispatcher(RunState& state, Failures& failures)
    : state_(state), failures_(failures), pools_(state.plan.pools.size()) {
  for (const StageIndex index : state_.sinks_first) {
    const StageState& stage = state_.stages[index];
    if (stage.is(TaskKind::transform)) pools_[stage.plan->pool].stages.push_back(index);
  }
}

bool Dispatcher::turn() {
  bool moved = false;
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    if (pools_[i].stages.empty() || state_.ending) continue;
    moved |= start_missing(i);
    moved |= serve(pools_[i], i);
  }
  return moved;
}

bool Dispatcher::start_missing(std::size_t index) {
  PoolState& pool = pools_[index];
  const PoolPlan& plan = state_.plan.pools[index];
  const bool over = std::all_of(pool.stages.begin(), pool.stages.end(),
                                [&](StageIndex stage) { return state_.stages[stage].over; });
  if (over || state_.now < pool.not_before) return false;
  bool moved = false;
  for (; pool.workers < plan.processes; ++pool.workers) {
    WorkerOptions options;
    options.pool = index;
    options.memory = plan.memory;
    options.env = plan.env;
    auto worker = state_.fleet->start(options);
    if (!worker) {
      // What is there already can go on; a run with no worker at all cannot.
      if (pool.workers == 0) state_.end_early(Status::lack, worker.error().what());
      pool.not_before = state_.now + kPauseNs;
      return moved;
    }
    moved = true;
  }
  return moved;
}

void Dispatcher::open(Worker& worker) {
  worker.state = Worker::State::opening;
  const PoolState& pool = pools_[worker.pool];
  worker.opens_left = static_cast<unsigned>(pool.stages.size());
  for (const StageIndex stage : pool.stages) {
    (void)worker.link.send_letter(ipc::LetterKind::stage,
                                  encode(state_.stage_order(state_.stages[stage])));
    Call call;
    call.kind = ipc::Kind::open;
    call.stage = stage;
    state_.call(worker, ipc::Descriptor{}, call);
  }
}

void Dispatcher::opened(StageState& stage, Worker& worker, ipc::Ending ending,
                        penstock_failure failure, const std::string& text) {
  PoolState& pool = pools_[worker.pool];
  if (ending == ipc::Ending::ok) {
    if (--worker.opens_left == 0) {
      pool.open_failures = 0;
      worker.state = Worker::State::serving;
    }
    return;
  }
  const std::string what =
      "stage `" + stage.plan->name + "` (" + stage.plan->task_name + "): open failed: " + text;
  const bool permanent = failure == PENSTOCK_FAIL_PERMANENT;
  // Workers that were started together fail together: that counts once.
  if (state_.now >= pool.not_before) ++pool.open_failures;
  if (failure == PENSTOCK_FAIL_LACK) {
    state_.end_early(Status::lack, what);
  } else if (permanent && !state_.taking) {
    state_.end_early(Status::refused, what);
  } else if (permanent || pool.open_failures >= kOpenFailures) {
    state_.end_early(Status::gave_up, what);
  } else {
    state_.say(Level::warning, what + "; it is tried again");
  }
  pool.not_before = state_.now + kPauseNs;
  worker.state = Worker::State::leaving;
}

void Dispatcher::died(const Worker& worker) {
  PoolState& pool = pools_[worker.pool];
  --pool.workers;
  if (worker.finished == 0 && state_.deaths_before_work > 0) {
    pool.not_before = state_.now + (kPauseNs << std::min(state_.deaths_before_work, 5u));
  }
}

std::uint64_t Dispatcher::next_due() const {
  std::uint64_t due = 0;
  for (const PoolState& pool : pools_) {
    if (pool.not_before > state_.now && (due == 0 || pool.not_before < due)) due = pool.not_before;
  }
  return due;
}

bool Dispatcher::serve(PoolState& pool, std::size_t index) {
  bool moved = false;
  const bool any = std::any_of(pool.stages.begin(), pool.stages.end(), [&](StageIndex stage) {
    return !state_.stages[stage].queue.empty();
  });
  if (!any) return false;
  std::vector<Worker*> free;
  for (const auto& [id, worker] : state_.fleet->workers()) {
    if (worker->pool == index && !worker->stage && worker->state == Worker::State::serving &&
        worker->wanted_extent == 0 && takes_more(*worker)) {
      free.push_back(worker.get());
    }
  }
  std::sort(free.begin(), free.end(),
            [](const Worker* a, const Worker* b) { return a->calls.size() < b->calls.size(); });
  // One item for each in turn, beginning with those who have the least to do.
  std::size_t next = 0;
  for (const StageIndex number : pool.stages) {
    StageState& stage = state_.stages[number];
    while (!stage.queue.empty() && !free.empty()) {
      next %= free.size();
      Worker& worker = *free[next];
      if (!send(stage, worker)) break;
      moved = true;
      if (takes_more(worker)) {
        ++next;
      } else {
        free.erase(free.begin() + static_cast<std::ptrdiff_t>(next));
      }
    }
  }
  return moved;
}

bool Dispatcher::takes_more(const Worker& worker) const {
  std::uint64_t most = calls_ahead(worker);
  const std::uint64_t life = state_.plan.pools[worker.pool].recycle_items;
  if (life > 0) most = std::min(most, life - std::min(life, worker.finished));
  return worker.calls.size() < most;
}

bool Dispatcher::send(StageState& stage, Worker& worker) {
  if (stage.plan->parallel > 0 && stage.running >= stage.plan->parallel) return false;
  if (state_.room_after(stage) == 0 || !stage.spools.empty()) return false;
  if (!state_.send_item(stage, worker)) return false;
  Call& call = worker.calls.back();
  call.expected = std::max(1u, static_cast<std::uint32_t>(stage.outputs_per_call));
  state_.expect(stage, call.expected);
  return true;
}

}  // namespace penstock
