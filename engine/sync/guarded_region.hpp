// A shared object that is memory with a lock of its own, which whoever uses the memory may take
// around what belongs together. No death keeps it (robust_mutex.hpp). Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sync/object.hpp"
#include "sync/region.hpp"
#include "sync/robust_mutex.hpp"

namespace penstock::sync {

class GuardedRegion : public Object {
 public:
  ~GuardedRegion() override { mutex_.let_go(std::move(region_)); }

  // False: not before the deadline.
  Result<bool> lock(Deadline deadline) { return mutex_.lock(deadline); }
  Result<void> unlock() { return mutex_.unlock(); }
  // For the thread that has it: whether the one before died with it.
  Result<bool> abandoned() const { return mutex_.abandoned(); }

  std::vector<int> descriptors() const override { return {region_.fd()}; }
  bool bury(Party) override { return true; }

 protected:
  GuardedRegion(Kind kind, std::uint64_t id, Region region)
      : Object(kind, id), region_(std::move(region)), mutex_(region_.as<RobustMutexState>()) {}

  // With `bytes` of content, all zero.
  static Result<Region> create_region(Kind kind, std::uint64_t id, std::uint64_t bytes,
                                      bool recursive = true) {
    auto region = Region::create(kind, id, kBeforeContent + bytes);
    if (region) RobustMutex::initialize(region->as<RobustMutexState>(), recursive);
    return region;
  }
  // With at least so many.
  static Result<Region> open_region(std::vector<UniqueFd> descriptors, Kind kind, std::uint64_t id,
                                    std::uint64_t bytes) {
    return Region::open_only(std::move(descriptors), kind, id, kBeforeContent + bytes);
  }
  static std::span<std::byte> content_of(const Region& region) {
    return {region.data() + kBeforeContent, region.size() - kBeforeContent};
  }
  // Begins at a multiple of 64.
  std::span<std::byte> content() const { return content_of(region_); }

  RobustMutex& mutex() { return mutex_; }
  const RobustMutex& mutex() const { return mutex_; }

 private:
  static constexpr std::size_t kBeforeContent = 128;
  static_assert(sizeof(RobustMutexState) <= kBeforeContent);

  Region region_;
  RobustMutex mutex_;
};

}  // namespace penstock::sync
