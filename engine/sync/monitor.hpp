// What every shared object with waiting in it is made of: a lock that a death does not keep, and
// gates to sleep at until something has changed. The state lies in shared memory and is all zero at
// first; a Monitor is a view of it. Any thread.
//
// Deaths: the lock is a robust futex of the kernel's: when its holder dies, it is free again, and
// one who waits is woken. So whoever changes a state under it does so in steps of which the last
// one makes the change count, in a single store. A wake-up at a gate that a dead process owed is
// made up for by revive(), which bury() of each object calls.
//
// It is no pthread_mutex_t because the program that supervises the others takes this lock in
// bury(): a robust POSIX mutex keeps pointers of its holder's list inside itself, and unlocking it
// follows them, wherever a worker that has gone wild may have turned them. Here the shared word is
// all there is. The price: a thread has at most one Monitor at a time, and while it does, it takes
// no robust mutex and runs no code of users.
//
// A process that is stopped while it has the lock holds up the others until it goes on or is
// killed; only lock_until() and lock_briefly() give up.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace penstock::sync {

// Nanoseconds of the monotonic clock; kForever: none.
using Deadline = std::uint64_t;
inline constexpr Deadline kForever = UINT64_MAX;
Deadline deadline_after(std::chrono::nanoseconds timeout);  // negative: kForever; 0: has passed
bool has_passed(Deadline deadline);

// Where some wait for one kind of change.
struct Gate {
  std::atomic<std::uint32_t> turn;
  std::atomic<std::uint32_t> sleepers;  // their number, and the number of revivals
};

struct MonitorState {
  std::atomic<std::uint32_t> word;
};

class Monitor {
 public:
  explicit Monitor(MonitorState& state) : word_(state.word) {}

  // Looks for the lock for a while before it sleeps. True: the last holder died in it.
  bool lock();
  // False: not before the deadline. A holder that has lost its core is given a second in any case,
  // so that an attempt without waiting does not fail for that.
  bool lock_until(Deadline deadline);
  // For bury(): gives up after some milliseconds. Makes up for a wake-up of the lock's own that was
  // lost with a dead process.
  bool lock_briefly();
  bool try_lock();  // whether it is free now
  void unlock();

  // With the lock: lets go of it, sleeps until the gate is opened or the deadline has come, and
  // takes the lock again. It may also return for no reason: look again. False: the deadline has
  // come; look once more before you believe in it.
  bool wait(Gate& gate, Deadline deadline);
  // Without the lock: sleeps until the gate is opened or the deadline has come, unless the gate has
  // been opened since its `turn` was read. So who reads that, then looks at what the gate is for,
  // and then sleeps, misses nothing. It may also return for no reason.
  static void sleep(Gate& gate, std::uint32_t turn, Deadline deadline);
  // After a change that was made with the lock; with or without it (without is cheaper).
  static void wake_one(Gate& gate);
  static void wake_all(Gate& gate);

  // After a death: everybody at the gate looks again, and sleepers are counted anew.
  static void revive(Gate& gate);

 private:
  enum class Taken : std::uint8_t { no, yes, after_death };
  Taken take(Deadline deadline, std::uint64_t patience, std::uint32_t waiters);

  std::atomic<std::uint32_t>& word_;
};

}  // namespace penstock::sync
