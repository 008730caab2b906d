#include "sync/monitor.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <climits>

#include "ipc/doorbell.hpp"
#include "sync/robust_thread.hpp"

namespace penstock::sync {
namespace {

constexpr std::uint32_t kHolder = FUTEX_TID_MASK;
constexpr std::uint32_t kWaiters = FUTEX_WAITERS;

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kLongestSleep = kSecond;  // a net, should a wake-up ever be lost
constexpr std::uint64_t kPatience = kSecond;
constexpr std::uint64_t kPatienceAtBurial = 5'000'000;

// Gate::sleepers: low bits the number, high bits the revivals, so that who was counted before one
// does not count himself out after it.
constexpr std::uint32_t kRevival = 1u << 20;
constexpr std::uint32_t kSleeperMask = kRevival - 1;

Deadline after(std::uint64_t nanoseconds) {
  return ipc::monotonic_ns() + nanoseconds;
}

void sleep_until(std::atomic<std::uint32_t>& word, std::uint32_t seen, Deadline deadline) {
  const Deadline until = std::min(deadline, after(kLongestSleep));
  const timespec time{static_cast<time_t>(until / kSecond), static_cast<long>(until % kSecond)};
  ::syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAIT_BITSET, seen, &time,
            nullptr, FUTEX_BITSET_MATCH_ANY);
}

void wake(std::atomic<std::uint32_t>& word, int how_many) {
  ::syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAKE, how_many, nullptr,
            nullptr, 0);
}

void open(Gate& gate, int how_many) {
  gate.turn.fetch_add(1);
  if ((gate.sleepers.load() & kSleeperMask) != 0) wake(gate.turn, how_many);
}

void count_out(Gate& gate, std::uint32_t counted_in) {
  std::uint32_t now = gate.sleepers.load();
  while ((now & ~kSleeperMask) == (counted_in & ~kSleeperMask) && (now & kSleeperMask) != 0) {
    if (gate.sleepers.compare_exchange_weak(now, now - 1)) return;
  }
}

}  // namespace

Deadline deadline_after(std::chrono::nanoseconds timeout) {
  if (timeout.count() < 0) return kForever;
  if (timeout.count() == 0) return 0;  // no need to look at the clock
  return after(static_cast<std::uint64_t>(timeout.count()));
}

bool has_passed(Deadline deadline) {
  return deadline != kForever && ipc::monotonic_ns() >= deadline;
}

// The protocol is that of robust futexes: the id of the holding thread, a bit for waiters and a bit
// that the kernel sets at a death. Who has slept takes the lock with the bit for waiters, since
// there may be more of them; who gives up leaves the bit behind.
Monitor::Taken Monitor::take(Deadline deadline, std::uint64_t patience, std::uint32_t waiters) {
  RobustThread& self = RobustThread::current();
  const auto try_it = [&](std::uint32_t bits) {
    std::uint32_t seen = word_.load(std::memory_order_relaxed);
    while ((seen & kHolder) == 0) {
      const std::uint32_t mine = self.id() | (seen & kWaiters) | bits;
      if (word_.compare_exchange_weak(seen, mine, std::memory_order_acquire,
                                      std::memory_order_relaxed)) {
        return (seen & FUTEX_OWNER_DIED) != 0 ? Taken::after_death : Taken::yes;
      }
    }
    return Taken::no;
  };
  self.announce(word_);
  Taken taken = try_it(waiters);
  if (taken != Taken::no) return taken;
  if (ipc::look_for([&] { return (taken = try_it(waiters)) != Taken::no; })) return taken;
  deadline = std::max(deadline, after(patience));
  while (taken == Taken::no) {
    std::uint32_t seen = word_.load(std::memory_order_relaxed);
    if ((seen & kHolder) == 0) {
      taken = try_it(kWaiters);
    } else if ((seen & kWaiters) == 0 &&
               !word_.compare_exchange_strong(seen, seen | kWaiters, std::memory_order_relaxed)) {
      continue;
    } else if (has_passed(deadline)) {
      self.retract();
      return Taken::no;
    } else {
      sleep_until(word_, seen | kWaiters, deadline);
    }
  }
  return taken;
}

bool Monitor::lock() {
  return take(kForever, 0, 0) == Taken::after_death;
}

bool Monitor::lock_until(Deadline deadline) {
  return take(deadline, kPatience, 0) != Taken::no;
}

bool Monitor::lock_briefly() {
  return take(0, kPatienceAtBurial, kWaiters) != Taken::no;
}

bool Monitor::try_lock() {
  RobustThread& self = RobustThread::current();
  std::uint32_t seen = word_.load(std::memory_order_relaxed);
  if ((seen & kHolder) != 0) return false;
  self.announce(word_);
  if (word_.compare_exchange_strong(seen, self.id() | (seen & kWaiters), std::memory_order_acquire,
                                    std::memory_order_relaxed)) {
    return true;
  }
  self.retract();
  return false;
}

void Monitor::unlock() {
  const std::uint32_t was = word_.exchange(0, std::memory_order_release);
  if ((was & kWaiters) != 0) wake(word_, 1);
  RobustThread::current().retract();
}

// Who looks is not counted as a sleeper, which saves the other side a system call. Between counting
// and sleeping, the kernel compares the turn again; a gate is opened before sleepers are read.
bool Monitor::wait(Gate& gate, Deadline deadline) {
  const std::uint32_t turn = gate.turn.load(std::memory_order_relaxed);
  unlock();
  const auto turned = [&] { return gate.turn.load(std::memory_order_relaxed) != turn; };
  bool in_time = !has_passed(deadline);
  if (in_time && !ipc::look_for(turned)) {
    sleep(gate, turn, deadline);
    in_time = turned() || !has_passed(deadline);
  }
  lock();
  return in_time;
}

void Monitor::sleep(Gate& gate, std::uint32_t turn, Deadline deadline) {
  const std::uint32_t counted_in = gate.sleepers.fetch_add(1);
  sleep_until(gate.turn, turn, deadline);
  count_out(gate, counted_in);
}

void Monitor::wake_one(Gate& gate) {
  open(gate, 1);
}

void Monitor::wake_all(Gate& gate) {
  open(gate, INT_MAX);
}

void Monitor::revive(Gate& gate) {
  if ((gate.sleepers.load() & kSleeperMask) == 0) return wake_all(gate);
  const std::uint32_t revivals = gate.sleepers.load() & ~kSleeperMask;
  gate.sleepers.store(revivals + kRevival);
  gate.turn.fetch_add(1);
  wake(gate.turn, INT_MAX);
}

}  // namespace penstock::sync
