// A semaphore in a manager's server. It knows how many permits each process has taken and not
// given back; those of a dead one are free again. A process may give back more than it took: then
// there are more, up to the bound.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "sync/managed/stored.hpp"
#include "sync/managed/waiter.hpp"

namespace penstock::sync {

class StoredSemaphore final : public Stored {
 public:
  StoredSemaphore(std::uint64_t value, std::uint64_t bound) : value_(value), bound_(bound) {}

  void perform(Verb verb, Request& request, Answer& answer, const Caller& caller) override;
  void bury(Session& session) override;

 private:
  void acquire(Request& request, Answer& answer, const Caller& caller);
  void release(Request& request, Answer& answer, const Caller& caller);
  void add(std::uint64_t permits);  // with the object's lock

  std::uint64_t value_;
  const std::uint64_t bound_;                                  // of value_
  std::unordered_map<std::uint64_t, std::uint64_t> taken_by_;  // session -> permits
  WaitingLine line_;
};

}  // namespace penstock::sync
