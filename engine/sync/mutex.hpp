// A mutex that processes share: one thread of one of them has it at a time. The recursive kind can
// be taken again by the thread that has it, and is free when it was given back as often. If the
// thread that has it dies, the next one gets it at once; nobody has to bury for that
// (robust_mutex.hpp).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sync/guarded_region.hpp"

namespace penstock::sync {

class Mutex final : public GuardedRegion {
 public:
  // Kind::mutex or Kind::recursive_mutex.
  static Result<std::shared_ptr<Mutex>> create(Kind kind);
  static Result<ObjectRef> open(Kind kind, std::uint64_t id, std::vector<UniqueFd> descriptors);

  bool is_held() const { return mutex().is_held(); }  // by the calling thread

  // For a condition: gives it back however often it was taken, and takes it as often again.
  std::uint32_t unlock_all() { return mutex().unlock_all(); }
  Result<void> lock_again(std::uint32_t depth) { return mutex().lock_again(depth); }

 private:
  Mutex(Kind kind, std::uint64_t id, Region region) : GuardedRegion(kind, id, std::move(region)) {}
};

}  // namespace penstock::sync
