#include "pool/extent_table.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "ipc/extent.hpp"

namespace penstock {

Result<std::uint32_t> ExtentTable::create(WorkerId owner, std::size_t bytes) {
  bytes = ipc::round_to_pages(bytes);
  auto fd = ipc::create_extent(bytes);
  if (!fd) return fd.error();
  const std::uint32_t id = next_extent_++;
  Extent extent;
  extent.fd = std::move(fd.value());
  extent.size = bytes;
  extent.owner = owner;
  extents_.emplace(id, std::move(extent));
  granted_ += bytes;
  return id;
}

bool ExtentTable::drop(WorkerId owner, std::uint32_t id) {
  const auto found = extents_.find(id);
  if (found == extents_.end() || found->second.owner != owner || !found->second.owned) return false;
  found->second.owned = false;
  found->second.dropped = true;
  close_if_unused(id, found->second);
  return true;
}

Result<BlockId> ExtentTable::add(WorkerId owner, const ipc::BlockRef& block) {
  const auto found = extents_.find(block.extent);
  if (found == extents_.end() || found->second.owner != owner || found->second.dropped) {
    return Error(Status::gave_up,
                 "it named extent " + std::to_string(block.extent) + ", which is not its own");
  }
  Extent& extent = found->second;
  if (block.offset > extent.size || block.size > extent.size - block.offset) {
    return Error(Status::gave_up, "it named a block outside its extent");
  }
  if (!extent.sealed) {
    if (auto checked = ipc::check_extent(extent.fd, extent.size); !checked) return checked.error();
    extent.sealed = true;
  }
  ++extent.blocks;
  written_ += block.size;
  BlockId id = 0;
  if (spare_.empty()) {
    id = static_cast<BlockId>(blocks_.size());
    blocks_.emplace_back();
  } else {
    id = spare_.back();
    spare_.pop_back();
  }
  blocks_[id] = Block{block, 1};
  return id;
}

void ExtentTable::release(BlockId id) {
  Block& block = blocks_[id];
  if (--block.holders > 0) return;
  const ipc::BlockRef ref = block.ref;
  spare_.push_back(id);
  Extent& extent = extents_.at(ref.extent);
  --extent.blocks;
  if (extent.owner == kEngine) {
    if (on_engine_free) on_engine_free(ref.extent, ref.offset);
  } else if (extent.owned) {
    if (on_free) on_free(extent.owner, ref.extent, ref.offset);
  } else {
    close_if_unused(ref.extent, extent);
  }
}

bool ExtentTable::introduce(WorkerId reader, std::uint32_t id) {
  Extent& extent = extents_.at(id);
  if (extent.owner == reader && extent.owned) return false;
  if (std::find(extent.readers.begin(), extent.readers.end(), reader) != extent.readers.end()) {
    return false;
  }
  extent.readers.push_back(reader);
  return true;
}

Result<void> ExtentTable::read(const ipc::BlockRef& block, std::span<std::byte> into) const {
  return ipc::read_extent(extents_.at(block.extent).fd, block.offset, into);
}

Result<std::string> ExtentTable::copy(WorkerId owner, const ipc::BlockRef& block) const {
  const auto found = extents_.find(block.extent);
  if (found == extents_.end() || found->second.owner != owner || found->second.dropped ||
      block.offset > found->second.size || block.size > found->second.size - block.offset) {
    return Error(Status::gave_up, "it named a block that is not its own");
  }
  std::string bytes(block.size, '\0');
  if (auto done = read(block, std::as_writable_bytes(std::span(bytes))); !done) {
    return done.error();
  }
  return bytes;
}

void ExtentTable::retire(WorkerId worker) {
  std::vector<std::uint32_t> owned;
  for (auto& [id, extent] : extents_) {
    std::erase(extent.readers, worker);
    if (extent.owner == worker && extent.owned) owned.push_back(id);
  }
  for (const std::uint32_t id : owned) {
    Extent& extent = extents_.at(id);
    extent.owned = false;
    close_if_unused(id, extent);
  }
}

std::uint64_t ExtentTable::owned_by(WorkerId worker) const {
  std::uint64_t bytes = 0;
  for (const auto& [id, extent] : extents_) {
    if (extent.owner == worker) bytes += extent.size;
  }
  return bytes;
}

void ExtentTable::unpin(WorkerId maker) {
  const auto found = pins_.find(maker);
  if (--found->second > 0) return;
  pins_.erase(found);
  std::vector<std::uint32_t> owned;
  for (const auto& [id, extent] : extents_) {
    if (extent.owner == maker) owned.push_back(id);
  }
  for (const std::uint32_t id : owned) close_if_unused(id, extents_.at(id));
}

void ExtentTable::close_if_unused(std::uint32_t id, Extent& extent) {
  if (extent.owned || extent.blocks > 0) return;
  if (!extent.dropped && pins_.contains(extent.owner)) return;
  if (on_forget) {
    for (const WorkerId reader : extent.readers) on_forget(reader, id);
  }
  granted_ -= extent.size;
  extents_.erase(id);
}

}  // namespace penstock
