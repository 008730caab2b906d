// A condition that processes share, with the mutex that belongs to it: who has the mutex can let go
// of it and wait to be notified, and has it again when the wait is over. A notification goes to
// exactly one of those who wait, in the order in which they came, and to nobody who comes later.
//
// Each who waits has a place of its own in the object's memory. When one dies, its place is free
// again; a notification that it had got and not seen goes to the next: bury(). Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sync/monitor.hpp"
#include "sync/mutex.hpp"
#include "sync/object.hpp"
#include "sync/region.hpp"

namespace penstock::sync {

class Condition final : public Object {
 public:
  static constexpr std::uint32_t kMostWaiters = 500;  // at the same time
  static constexpr std::uint32_t kAll = UINT32_MAX;

  static Result<std::shared_ptr<Condition>> create(std::shared_ptr<Mutex> mutex);
  static Result<ObjectRef> open(std::uint64_t id, std::vector<UniqueFd> descriptors);

  std::vector<int> descriptors() const override { return {region_.fd(), mutex_->descriptors()[0]}; }
  bool bury(Party dead) override;

  const std::shared_ptr<Mutex>& mutex() const { return mutex_; }

  // The thread has the mutex, before and after. False: not notified before the deadline; taking the
  // mutex again then takes as long as it takes.
  Result<bool> wait(Deadline deadline);
  // With or without the mutex.
  void notify(std::uint32_t how_many);

 private:
  struct Place {
    Gate gate;
    std::uint64_t ticket;
    std::atomic<Party> party;  // kNobody: free
    std::atomic<std::uint32_t> notified;
  };

  struct State {
    MonitorState monitor;
    Kind mutex_kind;
    std::uint64_t mutex_id;
    std::uint64_t next_ticket;
    std::atomic<std::uint32_t> places_used;  // those behind were never taken
    Place places[kMostWaiters];
  };

  Condition(std::uint64_t id, Region region, std::shared_ptr<Mutex> mutex);
  std::uint32_t used() const;
  Place* take_place();
  Place* oldest_waiting();
  static void tell(Place* place);

  Region region_;
  State& state_;
  const std::shared_ptr<Mutex> mutex_;
};

}  // namespace penstock::sync
