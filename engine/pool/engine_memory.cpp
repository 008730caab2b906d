#include "pool/engine_memory.hpp"

#include <cstring>
#include <utility>

namespace penstock {

EngineMemory::EngineMemory(ExtentTable& extents) : extents_(extents) {
  extents_.on_engine_free = [this](std::uint32_t extent, std::uint64_t offset) {
    arena_.free(extent, offset);
  };
}

EngineMemory::~EngineMemory() {
  extents_.on_engine_free = nullptr;
}

Result<BlockId> EngineMemory::keep(std::span<const std::byte> bytes) {
  auto block = allocate(bytes.size());
  if (!block) return block.error();
  if (!bytes.empty()) std::memcpy(block->data, bytes.data(), bytes.size());
  return keep(block->ref);
}

Result<ipc::OwnedExtent> EngineMemory::grow(std::size_t bytes) {
  auto id = extents_.create(kEngine, bytes);
  if (!id) return id.error();
  auto mapping = ipc::map_owned(extents_.fd(id.value()), bytes);
  if (!mapping) return mapping.error();
  return ipc::OwnedExtent{id.value(), std::move(mapping.value())};
}

void EngineMemory::shrink(std::uint32_t extent) {
  extents_.drop(kEngine, extent);
}

}  // namespace penstock
