// The events and barriers of a manager, for processes that share no memory, or have no program in
// common; where they do, penstock::Event and penstock::Barrier are many times faster.
//
// May be used by any thread of any process, and passed to tasks. Throws ManagerLost when the server
// has died, and ManagerError for all else.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "penstock/managed/call.hpp"

namespace penstock::managed {

// A flag that can be waited for.
class Event : public Proxied {
 public:
  using Proxied::Proxied;
  static constexpr std::string_view kind = "event";
  static std::string element() { return {}; }

  void set() const { call(Verb::event_set).send(); }
  void clear() const { call(Verb::event_clear).send(); }
  bool is_set() const { return call(Verb::event_is_set).send().flag(); }
  void wait() const { call(Verb::event_wait).no_timeout().send(); }
  // False: it was not set for so long.
  bool wait(std::chrono::nanoseconds timeout) const {
    return call(Verb::event_wait).timeout(timeout).send().flag();
  }
};

// So many parties wait until all of them are there. A party that runs out of time, calls abort()
// or dies while it waits breaks the barrier: the others, and all that come later, get BrokenBarrier
// until somebody calls reset().
class Barrier : public Proxied {
 public:
  using Proxied::Proxied;
  static constexpr std::string_view kind = "barrier";
  static std::string element() { return {}; }

  // The number of this party, from 0 in the order of their coming.
  std::uint64_t wait() const { return call(Verb::barrier_wait).no_timeout().send().natural(); }
  std::uint64_t wait(std::chrono::nanoseconds timeout) const {
    return call(Verb::barrier_wait).timeout(timeout).send().natural();
  }
  void abort() const { call(Verb::barrier_abort).send(); }
  // Who waits gets BrokenBarrier; the barrier is as new.
  void reset() const { call(Verb::barrier_reset).send(); }

  std::uint64_t parties() const { return state().parties; }
  std::uint64_t n_waiting() const { return state().waiting; }
  bool broken() const { return state().broken; }

 private:
  struct State {
    std::uint64_t parties, waiting;
    bool broken;
  };
  State state() const {
    Reply reply = call(Verb::barrier_state).send();
    return {reply.natural(), reply.natural(), reply.flag()};
  }
};

}  // namespace penstock::managed
