// A barrier that processes share: each who comes waits until so many have come, then all go on and
// the next round begins. The last one to come can do something before the others go on.
//
// It breaks, and lets everybody go with that answer, when one of those who wait runs out of time,
// when the action fails, when somebody aborts it, and when a process dies that has it: bury(). It
// stays broken until it is reset. A process has it while it has a handle of it; so one that has
// finished its work with it and dies later breaks nothing.
//
// A round that was complete is: whoever was in it is let through, whatever comes afterwards. Any
// thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "sync/monitor.hpp"
#include "sync/object.hpp"
#include "sync/region.hpp"

namespace penstock::sync {

class Barrier final : public Object {
 public:
  static constexpr std::uint32_t kMostParties = 100'000;
  static constexpr std::uint32_t kMostMembers = 500;  // processes that have it, and are noticed

  // `patience` is for those who wait without a time-out of their own; negative: none.
  static Result<std::shared_ptr<Barrier>> create(std::uint32_t parties,
                                                 std::chrono::nanoseconds patience);
  static Result<ObjectRef> open(std::uint64_t id, std::vector<UniqueFd> descriptors);

  std::vector<int> descriptors() const override { return {region_.fd()}; }
  bool bury(Party dead) override;
  void handle_made() override;
  void handle_dropped() override;

  // The place in this round, 0 for the first; none: it is broken. The last one runs the action,
  // which breaks it by returning false; others may wait with other actions, which are not run then.
  std::optional<std::uint32_t> wait(Deadline deadline, const std::function<bool()>& action = {});
  void abort();
  void reset();

  bool broken() const;
  std::uint32_t waiting() const;
  std::uint32_t parties() const { return parties_; }
  std::chrono::nanoseconds patience() const;

 private:
  enum class Phase : std::uint32_t {
    filling,   // some have come
    acting,    // all have come; the last one acts
    draining,  // let through, until all have left
    doomed,    // the same, and broken afterwards
    broken,
    resetting,  // broken, until all have left
  };

  struct State {
    MonitorState monitor;
    Gate inside;   // those who have come
    Gate outside;  // those who wait for the round before to leave
    std::atomic<Phase> phase;
    std::uint32_t parties;
    std::int64_t patience_ns;
    std::atomic<Party> members[kMostMembers];
  };

  Barrier(std::uint64_t id, Region region, std::uint32_t parties);
  std::atomic<Party>* places() const;
  std::atomic<Party>* come_in(Deadline deadline);
  void to(Phase phase);
  void break_it();
  void settle();
  void act(const std::function<bool()>& action);
  static bool replace(std::atomic<Party>* from, std::uint32_t count, Party who, Party by, bool all);

  Region region_;
  State& state_;
  const std::uint32_t parties_;
  std::mutex handles_mutex_;
  std::uint32_t handles_ = 0;
};

}  // namespace penstock::sync
