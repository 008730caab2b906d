#include "sync/memory.hpp"

#include <algorithm>
#include <utility>

namespace penstock::sync {

Result<std::shared_ptr<Memory>> Memory::create(std::uint64_t bytes) {
  const std::uint64_t id = new_object_id();
  constexpr std::uint64_t most = PTRDIFF_MAX;  // more than there is
  auto region = create_region(Kind::memory, id, kStateBytes + std::min(bytes, most));
  if (!region) return region.error();
  *reinterpret_cast<std::uint64_t*>(content_of(*region).data()) = bytes;
  return std::shared_ptr<Memory>(new Memory(id, *std::move(region), bytes));
}

Result<ObjectRef> Memory::open(std::uint64_t id, std::vector<UniqueFd> descriptors) {
  auto region = open_region(std::move(descriptors), Kind::memory, id, kStateBytes);
  if (!region) return region.error();
  const std::span<std::byte> content = content_of(*region);
  const std::uint64_t size = *reinterpret_cast<const std::uint64_t*>(content.data());
  if (size > content.size() - kStateBytes) {
    return Error(Status::gave_up, "shared memory says that it is larger than it is");
  }
  return ObjectRef(new Memory(id, *std::move(region), size));
}

}  // namespace penstock::sync
