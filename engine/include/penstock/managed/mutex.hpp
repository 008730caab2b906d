// The mutexes of a manager and the condition that goes with one, for processes that share no
// memory, or have no program in common; where they do, penstock::Mutex is many times faster.
//
//   penstock::managed::Mutex mutex = manager.mutex();
//   const std::lock_guard lock(mutex);
//   if (mutex.abandoned()) repair_what_it_protects();
//
// They are Lockable and TimedLockable for the standard library. A mutex belongs to the thread that
// locked it. When its process dies, the next in line has it, and abandoned() is true until that one
// unlocks it.
//
// May be used by any thread of any process, and passed to tasks. Throws ManagerLost when the server
// has died, and ManagerError for all else, such as the unlocking of what is not held.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "penstock/managed/call.hpp"

namespace penstock::managed {

class BasicMutex : public Proxied {
 public:
  using Proxied::Proxied;
  static std::string element() { return {}; }

  void lock() const { call(Verb::mutex_lock).natural(this_thread()).no_timeout().send(); }
  bool try_lock() const { return try_lock_for(std::chrono::nanoseconds(0)); }
  bool try_lock_for(std::chrono::nanoseconds timeout) const {
    return call(Verb::mutex_lock).natural(this_thread()).timeout(timeout).send().flag();
  }
  template <class Clock, class Duration>
  bool try_lock_until(std::chrono::time_point<Clock, Duration> time) const {
    return try_lock_for(time - Clock::now());
  }
  void unlock() const { call(Verb::mutex_unlock).natural(this_thread()).send(); }

  // Of one that this thread holds: the process that held it before has died with it.
  bool abandoned() const { return call(Verb::mutex_abandoned).send().flag(); }
};

// lock() by the thread that holds it throws instead of waiting for itself.
class Mutex : public BasicMutex {
 public:
  using BasicMutex::BasicMutex;
  static constexpr std::string_view kind = "mutex";
};

// The thread that holds it may lock it again, and unlocks it as often.
class RecursiveMutex : public BasicMutex {
 public:
  using BasicMutex::BasicMutex;
  static constexpr std::string_view kind = "recursive_mutex";
};

// To be waited at by a thread that holds its mutex, which is free meanwhile:
//
//   const std::lock_guard lock(changed);          // the condition's mutex
//   changed.wait_for([&] { return list.size() == 4; });
class Condition : public Proxied {
 public:
  Condition() = default;
  explicit Condition(Reference condition)
      : Proxied(std::move(condition)), mutex_(call(Verb::condition_mutex).send().reference()) {}
  static constexpr std::string_view kind = "condition";
  static std::string element() { return {}; }

  void lock() const { mutex_.lock(); }
  bool try_lock() const { return mutex_.try_lock(); }
  void unlock() const { mutex_.unlock(); }
  const BasicMutex& mutex() const { return mutex_; }

  // Until it is notified. False: not within that time.
  void wait() const { call(Verb::condition_wait).natural(this_thread()).no_timeout().send(); }
  bool wait(std::chrono::nanoseconds timeout) const {
    return call(Verb::condition_wait).natural(this_thread()).timeout(timeout).send().flag();
  }
  // Until it is so. False: not within that time.
  template <std::predicate Predicate>
  void wait_for(Predicate is_so) const {
    while (!is_so()) wait();
  }
  template <std::predicate Predicate>
  bool wait_for(Predicate is_so, std::chrono::nanoseconds timeout) const {
    const auto end = std::chrono::steady_clock::now() + timeout;
    while (!is_so()) {
      const auto left = end - std::chrono::steady_clock::now();
      if (left.count() <= 0) return false;
      wait(left);
    }
    return true;
  }

  void notify(std::uint64_t count = 1) const {
    call(Verb::condition_notify).natural(this_thread()).natural(count).send();
  }
  void notify_all() const { notify(std::numeric_limits<std::uint64_t>::max()); }

 private:
  BasicMutex mutex_;
};

}  // namespace penstock::managed
