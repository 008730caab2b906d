// The engine's own segment: blocks for what it gives to workers itself, such as its standard input.
// A block is kept by whoever refers to it, as those of workers are, and used again when nobody
// does. Belongs to the loop.
#pragma once

#include <span>

#include "ipc/arena.hpp"
#include "pool/extent_table.hpp"

namespace penstock {

class EngineMemory final : private ipc::Grower {
 public:
  explicit EngineMemory(ExtentTable& extents);
  ~EngineMemory() override;
  EngineMemory(const EngineMemory&) = delete;
  EngineMemory& operator=(const EngineMemory&) = delete;

  // Nobody else's before keep(), and freed by free() then. Fails with Status::lack.
  Result<ipc::Block> allocate(std::size_t bytes) { return arena_.allocate(bytes); }
  void free(const ipc::Block& block) { arena_.free(block.ref.extent, block.ref.offset); }

  // From now on others may read it, and it is held once; `ref` is it or its beginning.
  Result<BlockId> keep(const ipc::BlockRef& ref) { return extents_.add(kEngine, ref); }

  // A block with these bytes in it, held once.
  Result<BlockId> keep(std::span<const std::byte> bytes);

  const std::byte* data(BlockId block) const {
    return arena_.at(extents_.ref(block).extent, extents_.ref(block).offset);
  }

 private:
  Result<ipc::OwnedExtent> grow(std::size_t bytes) override;
  void shrink(std::uint32_t extent) override;

  ExtentTable& extents_;
  ipc::Arena arena_{*this};
};

}  // namespace penstock
