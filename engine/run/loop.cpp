#include "run/loop.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>

#include "ipc/doorbell.hpp"
#include "run/run.hpp"

namespace penstock {
namespace {

constexpr std::uint64_t kSleepAtMostNs = 1'000'000'000;
constexpr std::uint64_t kPollEvery = 64;  // turns; a look at the descriptors costs a system call

}  // namespace

void Loop::drive(const std::function<bool()>& enough, std::uint64_t until) {
  while (!enough()) {
    if (until != UINT64_MAX && ipc::monotonic_ns() >= until) return;
    if (!turn()) sleep(until, enough);
  }
}

bool Loop::turn() {
  woken_.store(false, std::memory_order_relaxed);
  bool moved = inbox && inbox();
  for (std::size_t i = 0; i < runs_.size(); ++i) moved |= runs_[i]->turn();
  if (++turns_ % kPollEvery == 0) moved |= io_.poll() > 0;
  return moved;
}

bool Loop::anything() const {
  return woken_.load(std::memory_order_relaxed) ||
         std::any_of(runs_.begin(), runs_.end(), [](const Run* run) { return run->heard(); });
}

void Loop::sleep(std::uint64_t until, const std::function<bool()>& enough) {
  const bool works =
      std::any_of(runs_.begin(), runs_.end(), [](const Run* run) { return run->works(); });
  if (works && ipc::look_for([this] { return anything(); })) return;

  // Whoever wakes the loop sees that it sleeps, or is seen by it: see ipc/sleep.hpp.
  sleeping_.store(true, std::memory_order_relaxed);
  for (Run* run : runs_) run->fall_asleep();
  std::atomic_thread_fence(std::memory_order_seq_cst);
  bool moved = anything() || enough();
  for (Run* run : runs_) moved = moved || run->hears_more();
  if (!moved) {
    const std::uint64_t now = ipc::monotonic_ns();
    std::uint64_t due = std::min(until, now + kSleepAtMostNs);
    for (const Run* run : runs_) due = std::min(due, run->next_due());
    io_.restart();
    io_.run_one_for(std::chrono::nanoseconds(due > now ? due - now : 0));
  }
  for (Run* run : runs_) run->wake_up();
  sleeping_.store(false, std::memory_order_relaxed);
  io_.restart();
  io_.poll();
}

void Loop::wake() {
  woken_.store(true, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (sleeping_.load(std::memory_order_relaxed)) boost::asio::post(io_, [] {});
}

}  // namespace penstock
