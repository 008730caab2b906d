// The semaphores of a manager, for processes that share no memory, or have no program in common;
// where they do, penstock::Semaphore is many times faster.
//
//   penstock::managed::Semaphore seats = manager.semaphore(4);
//   if (!seats.try_acquire_for(2s)) give_up();
//
// What a process has acquired and not released when it dies is free again. A bounded semaphore is
// never released beyond the value that it began with: that throws.
//
// May be used by any thread of any process, and passed to tasks. Throws ManagerLost when the server
// has died, and ManagerError for all else.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "penstock/managed/call.hpp"

namespace penstock::managed {

class Semaphore : public Proxied {
 public:
  using Proxied::Proxied;
  static constexpr std::string_view kind = "semaphore";
  static std::string element() { return {}; }

  void acquire() const { call(Verb::semaphore_acquire).no_timeout().send(); }
  bool try_acquire() const { return try_acquire_for(std::chrono::nanoseconds(0)); }
  bool try_acquire_for(std::chrono::nanoseconds timeout) const {
    return call(Verb::semaphore_acquire).timeout(timeout).send().flag();
  }
  template <class Clock, class Duration>
  bool try_acquire_until(std::chrono::time_point<Clock, Duration> time) const {
    return try_acquire_for(time - Clock::now());
  }
  void release(std::uint64_t count = 1) const {
    call(Verb::semaphore_release).natural(count).send();
  }
  std::uint64_t value() const { return call(Verb::semaphore_value).send().natural(); }
};

}  // namespace penstock::managed
