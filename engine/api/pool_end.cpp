// How a pool comes to its end, in whatever way, and what it says of itself.

#include <algorithm>
#include <utility>

#include "api/pool_engine.hpp"
#include "ipc/doorbell.hpp"

namespace penstock {
namespace {

constexpr std::uint64_t kGoodbyeNs = 2'000'000'000;  // for workers that were told to go

}  // namespace

void PoolEngine::end_all(TaskError::Kind kind, const std::string& why) {
  std::vector<std::shared_ptr<PoolCall>> calls;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [priority, queue] : waiting_) {
      calls.insert(calls.end(), queue.begin(), queue.end());
      waiting_count_ -= queue.size();
      queue.clear();
    }
  }
  std::sort(calls.begin(), calls.end(),
            [](const auto& a, const auto& b) { return a->number < b->number; });
  for (auto& [number, call] : std::exchange(under_way_, {})) calls.push_back(std::move(call));
  for (const auto& call : calls) {
    if (!call->claim()) continue;
    call->fail(not_run(kind, call->task(), why));
    call->publish();
  }
}

void PoolEngine::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

bool PoolEngine::join_until(calls::Time until) {
  {
    const std::lock_guard lock(mutex_);
    if (!closed_ && broken_.empty()) {
      throw Error(Status::refused, "the pool still takes calls: close() or terminate() it first");
    }
  }
  const bool in_callback = runtime_->callbacks().here();
  const bool ended = runtime_->wait(
      [&] { return unended_ == 0 && (in_callback || callbacks_ == 0); }, loop_time(until));
  if (ended) leave(until);
  return ended;
}

void PoolEngine::leave(calls::Time until) {
  runtime_->with_loop([this] {
    if (!run_->leaving()) run_->leave();
    if (run_->gone()) gone_ = true;
  });
  const std::uint64_t end = std::min(loop_time(until), ipc::monotonic_ns() + kGoodbyeNs);
  runtime_->wait([this] { return gone_.load(); }, end);
}

void PoolEngine::terminate() {
  close();
  runtime_->with_loop(
      [this] { end_all(TaskError::Kind::cancelled, "cancelled, as its pool was terminated"); });
  leave(calls::Time::max());
}

void PoolEngine::shutdown(bool wait, bool cancel) {
  close();
  if (cancel) {
    std::vector<std::shared_ptr<PoolCall>> calls;
    {
      const std::lock_guard lock(mutex_);
      for (auto& [priority, queue] : waiting_)
        calls.insert(calls.end(), queue.begin(), queue.end());
    }
    for (const auto& call : calls) call->cancel_waiting();
  }
  if (wait) join();
}

calls::PoolCore::Stats PoolEngine::stats() const {
  Stats stats;
  runtime_->with_loop([&] {
    const std::lock_guard lock(mutex_);
    stats = counts_;
    const RunState& state = run_->state();
    stats.retried = state.ledger.run().retried;
    stats.restarts = state.restarts;
    stats.workers = state.fleet->workers().size();
    const double elapsed = static_cast<double>(ipc::monotonic_ns() - began_ns_) * processes_;
    stats.busy = std::min(1.0, static_cast<double>(took_ns_) / elapsed);
  });
  return stats;
}

}  // namespace penstock
