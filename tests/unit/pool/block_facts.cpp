#include "block_facts.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <set>

#include "ipc/schedule.hpp"

namespace penstock::model {

std::size_t BlockFacts::handed_out(WorkerId owner, const ipc::BlockRef& ref) {
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    const Block& other = blocks_[i];
    const bool apart = other.ref.extent != ref.extent ||
                       other.ref.offset + other.ref.size <= ref.offset ||
                       ref.offset + ref.size <= other.ref.offset;
    require(apart || !(other.out || other.claimed || other.readers > 0 || in_books(i)),
            "a block is handed out that somebody holds");
  }
  blocks_.push_back({.owner = owner, .ref = ref});
  return blocks_.size() - 1;
}

void BlockFacts::comes_back(WorkerId owner, std::uint32_t extent, std::uint64_t offset) {
  const std::size_t found = find_out(owner, extent, offset);
  require(found != kNoFact, "a block comes back that its owner has not handed out");
  Block& block = blocks_[found];
  require(!block.claimed, "a block comes back before its call has ended");
  require(block.readers == 0, "a block comes back while it is read");
  require(!in_books(found), "a block comes back that an item stands for");
  block.out = false;
}

void BlockFacts::taken_back(std::size_t block) {
  blocks_[block].out = false;
  blocks_[block].claimed = false;
}

void BlockFacts::begin_reading(std::size_t block) {
  ++blocks_[block].readers;
}

void BlockFacts::died(WorkerId owner) {
  for (Block& block : blocks_) block.out = block.out && block.owner != owner;
}

bool BlockFacts::any_out(WorkerId owner) const {
  return std::any_of(blocks_.begin(), blocks_.end(),
                     [owner](const Block& block) { return block.owner == owner && block.out; });
}

std::size_t BlockFacts::slot_sizes(WorkerId owner) const {
  std::set<std::uint64_t> sizes;
  for (const Block& block : blocks_) {
    const std::uint64_t slot = std::bit_ceil(block.ref.size);
    if (block.owner == owner && slot <= 32 * 1024) sizes.insert(slot);
  }
  return sizes.size();
}

bool BlockFacts::any_untold(WorkerId owner) const {
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    const Block& block = blocks_[i];
    if (block.owner == owner && block.out && !block.claimed && !in_books(i)) return true;
  }
  return false;
}

void BlockFacts::write(std::byte* quarter_begin, std::size_t block) const {
  const std::uint64_t mark = number(block);
  std::memcpy(quarter_begin, &mark, sizeof mark);
  std::memcpy(quarter_begin + quarter(block) - sizeof mark, &mark, sizeof mark);
}

void BlockFacts::check(const std::byte* part, const View& view) const {
  const std::uint64_t size = quarter(view.block);
  for (std::uint64_t begin = 0; begin < view.ref.size; begin += size) {
    std::uint64_t marks[2];
    std::memcpy(&marks[0], part + begin, sizeof marks[0]);
    std::memcpy(&marks[1], part + begin + size - sizeof marks[1], sizeof marks[1]);
    require(marks[0] == number(view.block) && marks[1] == number(view.block),
            "a payload is not what its maker wrote");
  }
}

std::size_t BlockFacts::find_out(WorkerId owner, std::uint32_t extent, std::uint64_t offset) const {
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    const Block& block = blocks_[i];
    if (block.out && block.owner == owner && block.ref.extent == extent &&
        offset >= block.ref.offset && offset < block.ref.offset + block.ref.size) {
      return i;
    }
  }
  return kNoFact;
}

}  // namespace penstock::model
