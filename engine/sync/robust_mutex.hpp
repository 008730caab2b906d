// A mutex in shared memory: one thread of one of the processes that map it has it at a time. The
// recursive kind can be taken again by the thread that has it, and is free when it was given back
// as often. This is a view of it; the memory is the owner's.
//
// It is a robust POSIX mutex. If the thread that has it dies, with its process or alone, the next
// one gets it at once, and abandoned() tells that one. Nobody has to bury for that. Misuse is an
// error, and never undefined: to give back what another thread has, and to wait for what this
// thread has itself. The list of robust mutexes of a thread runs through them, so memory of one
// that a thread of this process still has must stay mapped: let_go() sees to that.
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>

#include "base/result.hpp"
#include "sync/monitor.hpp"
#include "sync/region.hpp"

namespace penstock::sync {

struct RobustMutexState {
  pthread_mutex_t mutex;
  // Of the thread that has it: 0 when it is free, stale after a death. For who looks whether it is
  // worth trying, and to see oneself.
  std::atomic<std::uint64_t> owner;
  // Somebody looks for it: others who come, above all the one who has just given it back, let that
  // one go first. Whoever takes it clears this.
  std::atomic<std::uint32_t> wanted;
  // Its holder alone reads and writes these.
  std::uint32_t depth;
  std::uint32_t abandoned;
};

class RobustMutex {
 public:
  explicit RobustMutex(RobustMutexState& state) : state_(state) {}
  static void initialize(RobustMutexState& state, bool recursive);

  // False: not before the deadline.
  Result<bool> lock(Deadline deadline);
  Result<void> unlock();
  // For the thread that has it: whether the one before died with it.
  Result<bool> abandoned() const;

  bool is_held() const;  // by the calling thread

  // For a condition: gives it back however often it was taken, and takes it as often again.
  std::uint32_t unlock_all();
  Result<void> lock_again(std::uint32_t depth);

  // Before the end of the region that it lies in.
  void let_go(Region&& region);

 private:
  void give_way() const;
  int look_for_it();
  Result<bool> taken(int result, std::uint64_t self);

  RobustMutexState& state_;
};

}  // namespace penstock::sync
