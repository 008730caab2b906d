// The engine's book of shared memory: which extents there are, who owns them, who has mapped them,
// and which blocks in them are still held. A block is held by the items (and marks) that refer to
// it; when nobody does, its owner is told. An extent whose owner has died lives until its last
// block is released. The sum of all extents is kept under the budget by whoever asks for one.
//
// Nothing a worker says is believed before it has been checked here. Belongs to the loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "ipc/message.hpp"

namespace penstock {

using WorkerId = std::uint32_t;
inline constexpr WorkerId kEngine = 0;

using BlockId = std::uint32_t;
inline constexpr BlockId kNoBlock = UINT32_MAX;

class ExtentTable {
 public:
  explicit ExtentTable(std::uint64_t budget) : budget_(budget) {}

  // A living owner may use this block again.
  std::function<void(WorkerId owner, std::uint32_t extent, std::uint64_t offset)> on_free;
  // So may the engine, of its own.
  std::function<void(std::uint32_t extent, std::uint64_t offset)> on_engine_free;
  // This reader should let go of an extent that is no more.
  std::function<void(WorkerId reader, std::uint32_t extent)> on_forget;

  // A new extent for `owner`; its id. Fails with Status::lack.
  Result<std::uint32_t> create(WorkerId owner, std::size_t bytes);
  const UniqueFd& fd(std::uint32_t extent) const { return extents_.at(extent).fd; }
  std::uint64_t size(std::uint32_t extent) const { return extents_.at(extent).size; }

  // The owner has no block in it any more and has unmapped it. False: a lie.
  bool drop(WorkerId owner, std::uint32_t extent);

  // A block that `owner` has made, held once. Fails if it is not wholly in a sealed extent of his.
  Result<BlockId> add(WorkerId owner, const ipc::BlockRef& block);
  void hold(BlockId block) { ++blocks_[block].holders; }
  void release(BlockId block);
  const ipc::BlockRef& ref(BlockId block) const { return blocks_[block].ref; }
  WorkerId maker(BlockId block) const { return extents_.at(blocks_[block].ref.extent).owner; }

  // True the first time: the reader has to be sent the extent before a block in it is named.
  bool introduce(WorkerId reader, std::uint32_t extent);

  // Copies a part of a block.
  Result<void> read(const ipc::BlockRef& block, std::span<std::byte> into) const;

  // The same of a block that `owner` names, without taking hold of it. Fails if it is not wholly in
  // an extent of his.
  Result<std::string> copy(WorkerId owner, const ipc::BlockRef& block) const;

  // The worker is gone: as a reader at once, as an owner when its last block is released.
  void retire(WorkerId worker);

  // While a maker is pinned, blocks of its can still be added after its death: descriptors that
  // stand in its memory name them.
  void pin(WorkerId maker) { ++pins_[maker]; }
  void unpin(WorkerId maker);

  std::uint64_t owned_by(WorkerId worker) const;  // bytes of its extents
  std::uint64_t granted() const { return granted_; }
  std::uint64_t budget() const { return budget_; }
  bool affordable(std::uint64_t bytes) const {
    return granted_ <= budget_ && bytes <= budget_ - granted_;
  }
  std::uint64_t written() const { return written_; }  // bytes of all blocks ever added

 private:
  struct Extent {
    UniqueFd fd;
    std::uint64_t size = 0;
    WorkerId owner = kEngine;
    std::uint32_t blocks = 0;  // held ones
    bool sealed = false;       // seen to be
    bool owned = true;         // the owner lives and has not dropped it
    bool dropped = false;      // by its owner
    std::vector<WorkerId> readers;
  };
  struct Block {
    ipc::BlockRef ref;
    std::uint32_t holders = 0;
  };

  void close_if_unused(std::uint32_t id, Extent& extent);

  std::uint64_t budget_;
  std::uint64_t granted_ = 0;
  std::uint64_t written_ = 0;
  std::uint32_t next_extent_ = 1;
  std::unordered_map<std::uint32_t, Extent> extents_;
  std::unordered_map<WorkerId, std::uint32_t> pins_;
  std::vector<Block> blocks_;
  std::vector<BlockId> spare_;  // entries of blocks_ to use again
};

}  // namespace penstock
