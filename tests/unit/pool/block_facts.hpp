// What really becomes of the blocks in the model of arenas, beyond doubt: noted by the model at the
// moment when it happens, and held against all that engine and owners make of it. Nothing here is
// taken from the code under test.
//
// Each block has a number of its own, written all over it by its maker; whoever reads the block, or
// a part of it, has to find that number as long as it reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "ipc/message.hpp"
#include "pool/extent_table.hpp"

namespace penstock::model {

inline constexpr std::size_t kNoFact = std::numeric_limits<std::size_t>::max();

// A part of a block, which begins and ends at its quarters.
struct View {
  std::size_t block = kNoFact;  // index of its facts
  ipc::BlockRef ref;            // where that part stands
};

class BlockFacts {
 public:
  struct Block {
    WorkerId owner = kEngine;
    ipc::BlockRef ref;
    bool out = true;       // handed out by the owner's arena, which has not got it back
    bool claimed = true;   // by a call that the engine has not dealt with, or by a page
    unsigned readers = 0;  // in the midst of it
  };

  // The engine's items and pages that stand for a block.
  std::function<bool(std::size_t block)> in_books;

  std::size_t handed_out(WorkerId owner, const ipc::BlockRef& ref);
  // The owner has been told that nobody holds the block around this place.
  void comes_back(WorkerId owner, std::uint32_t extent, std::uint64_t offset);
  // The owner takes back what it has shown to nobody.
  void taken_back(std::size_t block);
  void unclaim(std::size_t block) { blocks_[block].claimed = false; }
  void begin_reading(std::size_t block);
  void end_reading(std::size_t block) { --blocks_[block].readers; }
  // The process is no more, and its arena with it.
  void died(WorkerId owner);

  bool any_out(WorkerId owner) const;
  // How many sizes of slots it has used: an arena keeps a page of each.
  std::size_t slot_sizes(WorkerId owner) const;
  // One that is free, and whose owner has not heard of it.
  bool any_untold(WorkerId owner) const;
  const Block& at(std::size_t block) const { return blocks_[block]; }
  View whole(std::size_t block) const { return {block, blocks_[block].ref}; }

  // The number at both ends of a quarter, and whether it is there in all quarters of a part.
  void write(std::byte* quarter, std::size_t block) const;
  void check(const std::byte* part, const View& view) const;
  std::uint64_t quarter(std::size_t block) const { return blocks_[block].ref.size / 4; }
  static std::uint64_t number(std::size_t block) { return block + 1; }

 private:
  std::size_t find_out(WorkerId owner, std::uint32_t extent, std::uint64_t offset) const;

  std::vector<Block> blocks_;
};

}  // namespace penstock::model
