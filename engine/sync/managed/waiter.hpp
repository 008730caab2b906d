// How requests wait in a manager's server. Each connection has one Waiter, in which its thread
// sleeps until what it waits for has come, the time is over, or the client is gone; those who wait
// for the same stand in a WaitingLine and are served in the order in which they came.
//
// An object's WaitingLine belongs to the object's lock. Whoever is served has got what it waited
// for, even if it is gone: then it has to pass that on.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>

#include "sync/managed/stored.hpp"
#include "sync/monitor.hpp"

namespace penstock::sync {

// From a time-out in nanoseconds; negative: for ever.
Deadline deadline_of(std::int64_t timeout);

enum class Waited : std::uint8_t { served, timed_out, gone };

class Waiter {
 public:
  // The client has gone, or the server ends: no wait lasts any longer. Any thread.
  void give_up();
  bool gone() const { return gone_.load(std::memory_order_acquire); }

 private:
  friend class WaitingLine;

  std::condition_variable wake_;
  std::atomic<bool> gone_{false};
  std::mutex mutex_;  // of what follows; taken inside the object's lock
  StoredRef at_;      // null: it does not wait
};

class WaitingLine {
 public:
  // With the object's lock, which is let go of during the wait.
  Waited stand(std::unique_lock<std::mutex>& lock, Stored& object, Waiter& waiter,
               Deadline deadline);

  // False: nobody stands here.
  bool serve_first();
  std::size_t serve_all();
  bool empty() const { return places_.empty(); }
  std::size_t size() const { return places_.size(); }

 private:
  struct Place {
    Waiter& waiter;
    bool served = false;
  };
  std::deque<Place*> places_;
};

}  // namespace penstock::sync
