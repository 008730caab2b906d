// An event that processes share: a flag that one sets and others wait for. Who waits is let through
// by each setting, also if the flag is cleared again before it has run. Nobody holds anything of
// it; after a death those who wait look again. Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "sync/monitor.hpp"
#include "sync/object.hpp"
#include "sync/region.hpp"

namespace penstock::sync {

class Event final : public Object {
 public:
  static Result<std::shared_ptr<Event>> create();
  static Result<ObjectRef> open(std::uint64_t id, std::vector<UniqueFd> descriptors);

  std::vector<int> descriptors() const override { return {region_.fd()}; }
  bool bury(Party dead) override;

  void set();
  void clear();
  bool is_set() const;
  // False: not before the deadline.
  bool wait(Deadline deadline);

 private:
  struct State {
    MonitorState monitor;
    Gate gate;
    std::atomic<std::uint64_t> flag;  // odd: set. Goes up with each change.
  };

  Event(std::uint64_t id, Region region);
  void change(bool to_set);

  Region region_;
  State& state_;
};

}  // namespace penstock::sync
