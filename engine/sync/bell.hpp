// The wake-up of one side of a pipe by the other: a word in shared memory and a byte in a socket.
// While both sides look, neither is touched; the socket also tells the sleeper that the other side
// is gone.
//
//   armed  no byte is in the socket: whoever has published something rings
//   rung   a byte is in the socket, or on its way: nobody rings
//
// It begins armed, which is all zero: rung without a byte would be a sleeper whom nobody wakes.
//
// The sleeper takes the byte out only when it is about to sleep, or when others watch the socket;
// so a side that is busy, or looks, costs the other no system call. It arms first and then looks
// once more; the ringer publishes first and then looks at the word; both in sequential consistency:
// one of them sees what the other has done. Every change from armed to rung puts one byte in and
// every change back takes one out, whatever the order; a byte that comes too late for that is found
// while the word says armed, and is taken out then.
//
// What a process that shares the word makes of it is at worst a late or a needless wake-up. A
// ringer that is killed between word and byte leaves a rung word without its byte: the end of file
// makes up for it, or, where another process holds that side too, put() when the dead is buried.
//
// `Word` is an atomic 32-bit word and `Line` the socket; the model test replaces both. ring() is
// for any one thread of the other side, all else for any thread of the sleeping one.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "ipc/doorbell.hpp"
#include "sync/monitor.hpp"

namespace penstock::sync {

enum class Waited { ready, timed_out, gone };

// One end of a connected pair of stream sockets; does not own it. Nothing but wait() ever waits.
class SocketLine {
 public:
  explicit SocketLine(int fd) : fd_(fd) {}

  int fd() const { return fd_; }
  void put() const;
  void take() const;  // nothing there: does nothing
  bool readable() const;
  bool hung_up() const;  // no process holds the other end any more
  // For a byte (ready), the end of the other side, or the deadline.
  Waited wait(Deadline deadline) const;

 private:
  int fd_;
};

template <class Word, class Line>
class BasicBell {
 public:
  static constexpr std::uint32_t kArmed = 0;
  static constexpr std::uint32_t kRung = 1;

  BasicBell(Word& word, Line line) : word_(word), line_(line) {}

  // After something was published with a store in sequential consistency.
  void ring() {
    std::uint32_t armed = kArmed;
    if (word_.load(std::memory_order_seq_cst) != kArmed) return;
    if (word_.compare_exchange_strong(armed, kRung)) line_.put();
  }

  // Arms, unless something is pending: then, and only then, a byte stays in the socket.
  template <class Pending>
  void settle(Pending&& pending) {
    const std::lock_guard hold(settling_);
    std::uint32_t rung = kRung;
    if (word_.compare_exchange_strong(rung, kArmed)) {
      std::uint32_t armed = kArmed;
      if (pending() && word_.compare_exchange_strong(armed, kRung)) return;
      line_.take();
    } else if (line_.readable() && word_.load(std::memory_order_seq_cst) != kRung) {
      line_.take();
    }
  }

  // Until ready(), the deadline, or the end of the other side, when nothing is ready any more.
  template <class Ready>
  Waited wait(Deadline deadline, Ready&& ready) {
    if (ready()) return Waited::ready;
    if (worth_looking(deadline) && ipc::look_for(ready)) return Waited::ready;
    for (;;) {
      settle(ready);
      if (ready()) return Waited::ready;
      const Waited woken = line_.wait(deadline);
      if (ready()) return Waited::ready;
      if (woken != Waited::ready) return woken;
      // Bytes that stand for nothing do not keep it beyond its time.
      if (deadline != kForever && ipc::monotonic_ns() >= deadline) return Waited::timed_out;
    }
  }

  const Line& line() const { return line_; }

 private:
  static bool worth_looking(Deadline deadline) {
    return deadline == kForever || deadline > ipc::monotonic_ns() + ipc::kYieldNs;
  }

  Word& word_;
  Line line_;
  std::mutex settling_;  // of this process's threads: so that a byte is taken for one reason only
};

using Bell = BasicBell<std::atomic<std::uint32_t>, SocketLine>;

}  // namespace penstock::sync
