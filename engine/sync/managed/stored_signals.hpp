// An event and a barrier in a manager's server. A process that dies while it waits at a barrier
// breaks it, so that the others do not wait for one who never comes; so does a time-out.
#pragma once

#include <cstdint>
#include <memory>

#include "sync/managed/stored.hpp"
#include "sync/managed/waiter.hpp"

namespace penstock::sync {

class StoredEvent final : public Stored {
 public:
  void perform(Verb verb, Request& request, Answer& answer, const Caller& caller) override;

 private:
  bool set_ = false;
  WaitingLine line_;
};

class StoredBarrier final : public Stored {
 public:
  explicit StoredBarrier(std::uint64_t parties)
      : parties_(parties), round_(std::make_shared<Round>()) {}

  void perform(Verb verb, Request& request, Answer& answer, const Caller& caller) override;

 private:
  struct Round {  // those who wait together learn together how it ended
    bool passed = false;
  };

  void wait(Deadline deadline, Answer& answer, const Caller& caller);
  void end_round(bool passed);  // with the object's lock

  const std::uint64_t parties_;
  bool broken_ = false;
  std::shared_ptr<Round> round_;
  WaitingLine line_;
};

}  // namespace penstock::sync
