#include "run/supervisor.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <utility>

#include "base/clock.hpp"

namespace penstock {
namespace {

constexpr std::uint64_t kTellAfterNs = 10'000 * kMs;  // then a person is told
constexpr std::uint64_t kMemoryEveryNs = 250 * kMs;
constexpr std::uint64_t kOpenNs = 60'000 * kMs;  // for load and open
constexpr std::uint64_t kLeaveNs = 2'000 * kMs;
constexpr unsigned kDeathsBeforeWork = 5;  // in a row end the run

// Private memory of a process, without what it shares, in bytes; 0 if it is gone.
std::uint64_t anonymous_memory(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);) {
    unsigned long long kib = 0;
    if (std::sscanf(line.c_str(), "RssAnon: %llu kB", &kib) == 1) return kib * 1024;
  }
  return 0;
}

// The table is the worker's word: whatever stands in it, nothing here can go wrong.
std::vector<CodeAddress> code_addresses(const std::vector<std::uint64_t>& frames,
                                        const std::string& modules) {
  std::vector<CodeAddress> addresses;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    // A return address may stand behind the call's line, even behind its function.
    CodeAddress found{{}, i == 0 ? frames[i] : frames[i] - 1};
    std::istringstream table(modules);
    for (std::string line; std::getline(table, line);) {
      unsigned long long start = 0;
      unsigned long long end = 0;
      unsigned long long base = 0;
      int path = 0;
      if (std::sscanf(line.c_str(), "%llx %llx %llx %n", &start, &end, &base, &path) != 3) continue;
      if (found.address < start || found.address >= end || base > found.address) continue;
      found.module = line.substr(static_cast<std::size_t>(path));
      found.address -= base;
      break;
    }
    addresses.push_back(std::move(found));
  }
  return addresses;
}

std::string seconds(std::uint64_t ns) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g s", static_cast<double>(ns) / 1e9);
  return text;
}

}  // namespace

void Supervisor::ended(Worker& worker, const WorkerEnd& end) {
  receiver_.drain(worker);
  StageState* callback = state_.callback_of(worker);
  const bool ending = state_.ending && callback == nullptr;
  const bool told = worker.state == Worker::State::stopping || (worker.calls.empty() && ending);
  const bool keeper_lost = end.how == WorkerEnd::How::keeper_lost;
  const std::string how =
      end.how == WorkerEnd::How::not_started ? end.reason : to_string(end.status);
  std::shared_ptr<Cause> cause;
  bool idle_death = false;

  // Only the call in hand is charged: the first one, if the worker had begun it.
  const bool in_hand =
      !worker.calls.empty() && !worker.calls.front().unwanted &&
      (worker.overdue == 0 || worker.overdue == worker.calls.front().number) &&
      (worker.lied || worker.link.line().began.load() == worker.calls.front().number);
  if (!keeper_lost && in_hand && !ending) cause = cause_of(worker, end);

  if (!told && !keeper_lost && !ending) {
    if (callback == nullptr) ++state_.restarts;
    const std::string who = worker.stage ? "stage `" + state_.stages[*worker.stage].plan->name + "`"
                                         : "pool `" + state_.plan.pools[worker.pool].name + "`";
    if (!cause) {
      state_.say(Level::warning, worker.name() + " of " + who + " ended between two calls: " + how +
                                     "; another one takes its place");
    }
    const bool worked = in_hand && worker.calls.front().kind != ipc::Kind::open;
    idle_death = worker.finished == 0 && !worked;
    if (idle_death && callback == nullptr && ++state_.deaths_before_work >= kDeathsBeforeWork) {
      std::string text = who + ": " + std::to_string(kDeathsBeforeWork) +
                         " workers in a row ended before they could work, the last one: " + how;
      if (!worker.output.lines().empty()) text += "; it wrote: " + worker.output.lines().back();
      state_.end_early(state_.taking ? Status::gave_up : Status::refused, text);
    }
  }
  if (keeper_lost && !ending) {
    state_.say(Level::warning, worker.name() +
                                   " was lost together with the keeper; "
                                   "another one takes its place");
  }

  if (worker.stage) {
    pinned_.died(state_.stages[*worker.stage], worker, std::move(cause));
  } else {
    take_back(worker, cause);
    dispatcher_.died(worker);
  }
  if (idle_death && callback != nullptr) callbacks_.died_before_work(*callback, how);
}

void Supervisor::take_back(Worker& worker, const std::shared_ptr<Cause>& cause) {
  // What waited behind the call in hand goes elsewhere at no cost, in its order.
  for (auto call = worker.calls.rbegin(); call != worker.calls.rend(); ++call) {
    if (call->kind != ipc::Kind::run || call->unwanted) continue;
    if (cause && &*call == &worker.calls.front()) {
      state_.call_over(state_.stages[call->stage], *call);
      failures_.handle(*call, cause);
    } else {
      give_elsewhere(worker, *call);
    }
  }
}

void Supervisor::give_elsewhere(Worker& worker, Call& call) {
  call.unwanted = true;
  state_.drop_objects(worker, call);
  state_.call_over(state_.stages[call.stage], call);
  for (std::size_t i = call.size(); i-- > 0;) state_.enqueue_first(call.at(i));
}

// Calls are sent ahead because those before them were short. If one is not, what waits behind it
// would wait for its time-out, whoever else is idle.
void Supervisor::withdraw_behind_slow(Worker& worker) {
  if (worker.stage || worker.calls.size() < 2 || worker.calls.back().unwanted) return;
  // What opens a stage is for those behind it.
  if (worker.calls.front().kind != ipc::Kind::run) return;
  if (worker.head_age(state_.now) < kSlowCallNs) return due(worker.head_since + kSlowCallNs);
  const std::uint64_t last = worker.calls.back().number;
  worker.begun = std::min(worker.link.withdraw(last), last);
  for (auto call = worker.calls.rbegin(); call != worker.calls.rend(); ++call) {
    if (call->number <= worker.begun) break;
    if (call->kind != ipc::Kind::run || call->unwanted) continue;
    give_elsewhere(worker, *call);
    due(state_.now);  // for others to take it
  }
}

std::shared_ptr<Cause> Supervisor::cause_of(Worker& worker, const WorkerEnd& end) {
  auto cause = std::make_shared<Cause>();
  const StageState& stage = state_.stages[worker.calls.front().stage];
  cause->outcome = worker.overdue != 0 ? Outcome::timed_out : Outcome::crashed;
  cause->text = worker.overdue != 0
                    ? "timed out after " + seconds(state_.timeout_of(worker.calls.front()))
                    : (end.status.signal != 0 ? "" : "the process ") + to_string(end.status);
  cause->signal = end.status.signal;
  cause->exit = end.status.code;
  cause->output = worker.output.text();
  cause->worker = worker.name();
  cause->seconds = static_cast<double>(state_.now - worker.head_since) / 1e9;
  if (!worker.reason.empty()) {
    cause->message = worker.reason;
  } else if (end.status.signal == SIGSYS && state_.plan.pools[worker.pool].sandbox) {
    cause->message = "the sandbox of its pool does not allow what it called";
  }
  if (!stage.is_callback()) look_up_stack(worker, cause);
  return cause;
}

void Supervisor::look_up_stack(Worker& worker, const std::shared_ptr<Cause>& cause) {
  const ipc::CrashRecord& record = worker.link.crash();
  if (record.signal.load(std::memory_order_acquire) == 0) return;
  const std::size_t count = std::min<std::size_t>(record.frame_count, ipc::kMaxFrames);
  const std::vector<std::uint64_t> frames(record.frames, record.frames + count);
  cause->complete = false;
  symbolizer_.symbolize(code_addresses(frames, worker.link.modules()),
                        [weak = std::weak_ptr(here_), cause](std::vector<std::string> stack) {
                          cause->stack = std::move(stack);
                          cause->complete = true;
                          if (const auto here = weak.lock()) here->failures_.write_letters();
                        });
}

void Supervisor::watch() {
  next_due_ = 0;
  for (const auto& [id, owned] : state_.fleet->workers()) {
    Worker& worker = *owned;
    if (worker.kill_at > 0) {
      if (state_.now >= worker.kill_at) {
        worker.kill_at = 0;
        worker.child.kill(SIGKILL);
      } else {
        due(worker.kill_at);
      }
    }
    if (!worker.alive()) continue;
    if (runs_cancelled(worker)) {
      strike(worker);
      continue;
    }
    const PoolPlan& pool = state_.plan.pools[worker.pool];
    // Under a debugger or a profiler things take as long as they take.
    const bool timed = pool.under.empty();
    const bool busy = !worker.calls.empty() || worker.state == Worker::State::starting;
    if (timed && busy) watch_call(worker);
    withdraw_behind_slow(worker);
    if (pool.recycle_items > 0 && worker.items >= pool.recycle_items && !worker.stage &&
        worker.state == Worker::State::serving) {
      worker.state = Worker::State::leaving;
    }
    if (worker.state == Worker::State::leaving && worker.calls.empty()) {
      worker.link.send(ipc::Descriptor{.kind = ipc::Kind::stop});
      worker.state = Worker::State::stopping;
      // By then it has closed what it had opened.
      if (timed) worker.kill_at = state_.now + kLeaveNs;
    }
  }
  watch_memory();
}

// When it was cancelled it stood behind others, whose end was not known yet.
bool Supervisor::runs_cancelled(const Worker& worker) const {
  if (worker.calls.empty()) return false;
  const Call& call = worker.calls.front();
  return call.kind == ipc::Kind::run && !call.unwanted && state_.ledger.at(call.item).cancelled;
}

void Supervisor::watch_call(Worker& worker) {
  if (worker.wanted_extent > 0) {
    worker.head_since = state_.now;  // it waits for memory, and not for its task
    return;
  }
  const bool opening = worker.calls.empty() || worker.calls.front().kind == ipc::Kind::open;
  const std::uint64_t limit = opening ? kOpenNs : state_.timeout_of(worker.calls.front());
  const std::uint64_t age = worker.head_age(state_.now);
  if (limit > 0 && age >= limit) {
    // Before it strikes: has the call ended, or was it begun later than it seemed?
    const std::uint64_t head = worker.calls.empty() ? 0 : worker.calls.front().number;
    receiver_.drain(worker);
    if (worker.lied) return;
    if ((worker.calls.empty() ? 0 : worker.calls.front().number) != head) return;
    const ipc::Line& line = worker.link.line();
    const std::uint64_t began = line.began_at.load();
    if (line.began.load() == head && began > worker.head_since && began <= state_.now &&
        state_.now - began < limit && worker.dated != head) {
      worker.head_since = began;
      worker.dated = head;  // what the line says later of the same call is not believed
    } else {
      worker.overdue = opening ? 0 : head;
      worker.reason = opening ? "open did not end within " + seconds(limit) : std::string();
      return strike(worker);
    }
  }
  if (limit > 0) due(worker.head_since + limit);
  if (age < kTellAfterNs) {
    due(worker.head_since + kTellAfterNs);
  } else if (!worker.warned && !worker.calls.empty()) {
    worker.warned = true;
    tell_long_call(worker, age);
  }
}

void Supervisor::tell_long_call(const Worker& worker, std::uint64_t age) {
  const Call& call = worker.calls.front();
  const bool item = call.kind == ipc::Kind::run && !call.unwanted;
  state_.say(Level::info, "stage `" + state_.stages[call.stage].plan->name +
                              "`: " + (item ? "item " + state_.ledger.id(call.item) : "a call") +
                              " has been running for " + seconds(age) + " in " + worker.name() +
                              " (pid " + std::to_string(worker.child.pid()) + ")" +
                              (worker.progress.empty() ? "" : ", done " + worker.progress));
}

void Supervisor::strike(Worker& worker) {
  const PoolPlan& pool = state_.plan.pools[worker.pool];
  worker.kill_at = state_.now + static_cast<std::uint64_t>(pool.grace.count()) * kMs;
  state_.fleet->kill(worker, SIGTERM);
  due(worker.kill_at);
}

void Supervisor::watch_memory() {
  if (state_.now < memory_seen_at_ + kMemoryEveryNs) return;
  memory_seen_at_ = state_.now;
  bool watched = false;
  for (const auto& [id, owned] : state_.fleet->workers()) {
    Worker& worker = *owned;
    const PoolPlan& pool = state_.plan.pools[worker.pool];
    if (!worker.alive() || (pool.memory == 0 && pool.recycle_memory == 0)) continue;
    watched = true;
    const std::uint64_t used = anonymous_memory(worker.child.pid());
    if (pool.memory > 0 && used > pool.memory) {
      worker.reason = "it used " + std::to_string(used >> 20) +
                      " MiB of private memory; the pool's " + "`memory` allows " +
                      std::to_string(pool.memory >> 20) + " MiB";
      state_.fleet->kill(worker, SIGKILL);
    } else if (pool.recycle_memory > 0 && used > pool.recycle_memory && !worker.stage &&
               worker.state == Worker::State::serving) {
      worker.state = Worker::State::leaving;
    }
  }
  if (watched) due(state_.now + kMemoryEveryNs);
}

void Supervisor::forgive(std::uint64_t ns) {
  for (const auto& [id, worker] : state_.fleet->workers()) {
    worker->head_since += ns;
    if (worker->kill_at > 0) worker->kill_at += ns;
  }
}

}  // namespace penstock
