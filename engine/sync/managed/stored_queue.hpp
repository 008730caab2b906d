// A queue in a manager's server: first in, first out, bounded or not. A process that dies while it
// waits takes nothing with it; nor does one that dies before it has read what it was given: that
// goes back to the front. A joinable queue knows how many of the values that were taken are not
// done yet; those of a dead process count as done, since nobody will ever say so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>

#include "sync/managed/stored.hpp"
#include "sync/managed/waiter.hpp"

namespace penstock::sync {

class StoredQueue final : public Stored {
 public:
  // A capacity of 0: as many as there come.
  StoredQueue(std::uint64_t capacity, bool joinable) : capacity_(capacity), joinable_(joinable) {}

  void perform(Verb verb, Request& request, Answer& answer, const Caller& caller) override;
  void bury(Session& session) override;

 private:
  void put(Request& request, Answer& answer, const Caller& caller);
  void get(Request& request, Answer& answer, const Caller& caller);
  void join(Request& request, Answer& answer, const Caller& caller);
  void close();
  void task_done(Answer& answer, const Caller& caller);
  void put_back(Entry value, std::uint64_t session);

  // With the object's lock.
  bool has_room() const { return capacity_ == 0 || values_.size() + places_kept_ < capacity_; }
  bool has_value() const { return values_.size() > values_kept_; }
  void finish(std::uint64_t values);

  const std::uint64_t capacity_;
  const bool joinable_;
  bool closed_ = false;
  std::deque<Entry> values_;
  // For those who have been served and are not awake yet.
  std::size_t values_kept_ = 0;
  std::size_t places_kept_ = 0;
  WaitingLine takers_;
  WaitingLine givers_;

  std::uint64_t unfinished_ = 0;  // those that wait included
  std::uint64_t abandoned_ = 0;
  std::unordered_map<std::uint64_t, std::uint64_t> taken_by_;  // session -> values not done
  WaitingLine joiners_;
};

}  // namespace penstock::sync
