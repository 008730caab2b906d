// Bytes that processes share, with a lock beside them: what a Value, an Array and a SharedMemory
// are made of. They are reserved in full when they are made, so using them never fails. Who writes
// without the lock sees to it himself that others can bear it; what a process that died in the
// middle of writing has left is left as it is, and whoever takes the lock next is told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "sync/guarded_region.hpp"

namespace penstock::sync {

class Memory final : public GuardedRegion {
 public:
  // All zero. Fails with Status::lack.
  static Result<std::shared_ptr<Memory>> create(std::uint64_t bytes);
  static Result<ObjectRef> open(std::uint64_t id, std::vector<UniqueFd> descriptors);

  // Begins at a multiple of 64.
  std::span<std::byte> bytes() const { return content().subspan(kStateBytes, size_); }

 private:
  static constexpr std::size_t kStateBytes = 64;  // the size

  Memory(std::uint64_t id, Region region, std::uint64_t size)
      : GuardedRegion(Kind::memory, id, std::move(region)), size_(size) {}

  std::uint64_t size_;
};

}  // namespace penstock::sync
