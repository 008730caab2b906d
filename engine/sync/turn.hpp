// One at a time among the threads of this process, for as long as it takes: sending a message, or
// waiting for one. Free, it costs two exchanges of a word. Not for memory that others write, and
// nobody is told of a holder that died: a thread does not die alone.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "ipc/doorbell.hpp"
#include "sync/monitor.hpp"

namespace penstock::sync {

class Turn {
 public:
  // False: not before the deadline.
  bool take(Deadline deadline) {
    std::uint32_t free = kFree;
    if (word_.compare_exchange_strong(free, kTaken, std::memory_order_acquire)) return true;
    while (word_.exchange(kAwaited, std::memory_order_acquire) != kFree) {
      const std::uint64_t now = ipc::monotonic_ns();
      if (now >= deadline) return false;
      ipc::sleep_on(word_, kAwaited, std::min(deadline - now, kSecond));
    }
    return true;
  }
  void give_back() {
    if (word_.exchange(kFree, std::memory_order_release) == kAwaited) ipc::wake(word_);
  }

 private:
  static constexpr std::uint32_t kFree = 0;
  static constexpr std::uint32_t kTaken = 1;
  static constexpr std::uint32_t kAwaited = 2;
  static constexpr std::uint64_t kSecond = 1'000'000'000;

  ipc::RingWord word_ = kFree;
};

// Taken when it converts to true; then given back at the end of the scope.
class TurnTaken {
 public:
  TurnTaken(Turn& turn, Deadline deadline) : turn_(turn), taken_(turn.take(deadline)) {}
  ~TurnTaken() {
    if (taken_) turn_.give_back();
  }
  TurnTaken(const TurnTaken&) = delete;
  TurnTaken& operator=(const TurnTaken&) = delete;
  explicit operator bool() const { return taken_; }

 private:
  Turn& turn_;
  const bool taken_;
};

}  // namespace penstock::sync
