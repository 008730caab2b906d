// A semaphore that processes share: a number of permits, taken one by one and given back, in any
// process. A bounded one refuses to be given back more than it began with.
//
// What each party has taken stands beside its number, so that its death gives it back: bury(). Who
// gives back without having taken any, as a producer does that signals what is ready, gives back
// what somebody else took; when nobody has any left, the number of permits grows. So one that
// consumes such signals and dies gives back at most the last one of its own that was not followed
// by another signal. Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "sync/monitor.hpp"
#include "sync/object.hpp"
#include "sync/region.hpp"

namespace penstock::sync {

class Semaphore final : public Object {
 public:
  // So many parties can have some of it at the same time.
  static constexpr std::uint32_t kMostHolders = 500;
  static constexpr std::uint32_t kMostPermits = INT32_MAX;

  // Kind::semaphore or Kind::bounded_semaphore.
  static Result<std::shared_ptr<Semaphore>> create(Kind kind, std::uint32_t permits);
  static Result<ObjectRef> open(Kind kind, std::uint64_t id, std::vector<UniqueFd> descriptors);

  std::vector<int> descriptors() const override { return {region_.fd()}; }
  bool bury(Party dead) override;

  // False: none to be had before the deadline.
  Result<bool> acquire(Deadline deadline);
  // All of them or, after an error, none.
  Result<void> release(std::uint32_t permits);
  std::uint32_t value() const;  // those that are free

 private:
  // Party and permits in one word, so that a death leaves both or neither. Free without permits.
  using Holder = std::atomic<std::uint64_t>;

  struct State {
    MonitorState monitor;
    Gate gate;
    // All permits that there are, taken or not; `value` is what follows from it and the holders,
    // and is worked out anew after a death.
    std::atomic<std::uint32_t> total;
    std::atomic<std::uint32_t> value;
    std::atomic<std::uint32_t> holders_used;  // those behind were never taken
    Holder holders[kMostHolders];
  };

  Semaphore(Kind kind, std::uint64_t id, Region region);
  Holder* holder(Party party);
  Holder* any_holder();
  Holder* place_for(Party party);
  void give_back(Holder* from);
  std::uint32_t used() const;

  Region region_;
  State& state_;
};

}  // namespace penstock::sync
