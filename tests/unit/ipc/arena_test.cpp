#include "ipc/arena.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <random>
#include <set>

#include "catch.hpp"

namespace penstock::ipc {
namespace {

// Gives out extents of plain memory, and knows which ones are out.
class Extents final : public Grower {
 public:
  Result<OwnedExtent> grow(std::size_t bytes) override {
    if (bytes > limit) return Error(Status::lack, "no more");
    const UniqueFd fd = create_extent(bytes).value();
    sizes[next_] = bytes;
    return OwnedExtent{next_++, map_owned(fd, bytes).value()};
  }
  void shrink(std::uint32_t extent) override { REQUIRE(sizes.erase(extent) == 1); }

  std::map<std::uint32_t, std::size_t> sizes;
  std::size_t limit = SIZE_MAX;

 private:
  std::uint32_t next_ = 1;
};

struct Fixture {
  Extents extents;
  Arena arena{extents};

  Block take(std::size_t bytes) { return arena.allocate(bytes).value(); }
  bool give(const Block& block) { return arena.free(block.ref.extent, block.ref.offset); }
};

// Every byte of a block says whose it is.
void fill(const Block& block, std::uint8_t mark) {
  std::memset(block.data, mark, block.ref.size);
}
bool filled(const Block& block, std::uint8_t mark) {
  return std::all_of(block.data, block.data + block.ref.size,
                     [&](std::byte byte) { return byte == std::byte{mark}; });
}

TEST_CASE("blocks stand on multiples of 64, where their reference says") {
  Fixture f;
  for (const std::size_t bytes : {0u, 1u, 64u, 65u, 4096u, 32768u, 32769u, 300000u}) {
    const Block block = f.take(bytes);
    CHECK(reinterpret_cast<std::uintptr_t>(block.data) % 64 == 0);
    CHECK(block.ref.size == bytes);
    CHECK(f.arena.at(block.ref.extent, block.ref.offset) == block.data);
    CHECK(f.arena.find(block.ref.extent, block.ref.offset, bytes) == block.data);
  }
}

TEST_CASE("the block that was freed last is the next one handed out") {
  Fixture f;
  const std::size_t bytes = GENERATE(64, 1000, 32768);
  std::vector<Block> blocks;
  for (int i = 0; i < 40; ++i) blocks.push_back(f.take(bytes));
  for (const int i : {3, 17, 5, 39, 0}) REQUIRE(f.give(blocks[static_cast<std::size_t>(i)]));
  CHECK(f.take(bytes).data == blocks[0].data);
}

TEST_CASE("random blocks never overlap and keep what is in them") {
  Fixture f;
  std::mt19937 random(GENERATE(1u, 2u, 3u));
  struct Held {
    Block block;
    std::uint8_t mark;
  };
  std::vector<Held> held;
  std::map<const std::byte*, const std::byte*> ranges;  // from, to
  std::uint64_t allocated = 0;
  for (int step = 0; step < 20'000; ++step) {
    const bool grow = held.size() < 50 || (held.size() < 400 && random() % 2 == 0);
    if (grow) {
      // Mostly small ones; now and then one of many pages, or with an extent of its own.
      const unsigned bits = random() % 200 == 0 ? 24 : random() % 20 == 0 ? 19 : 13;
      const std::size_t bytes = random() % (std::size_t{1} << (1 + random() % bits));
      const Block block = f.take(bytes);
      allocated += bytes;
      const std::byte* end = block.data + std::max<std::size_t>(bytes, 1);
      const auto next = ranges.lower_bound(block.data);
      REQUIRE((next == ranges.end() || end <= next->first));
      REQUIRE((next == ranges.begin() || std::prev(next)->second <= block.data));
      ranges.emplace(block.data, end);
      held.push_back({block, static_cast<std::uint8_t>(random())});
      fill(block, held.back().mark);
    } else {
      std::swap(held[random() % held.size()], held.back());
      REQUIRE(filled(held.back().block, held.back().mark));
      REQUIRE(f.give(held.back().block));
      REQUIRE_FALSE(f.give(held.back().block));
      ranges.erase(held.back().block.data);
      held.pop_back();
    }
  }
  CHECK(f.arena.allocated() == allocated);
  for (const Held& each : held) {
    REQUIRE(filled(each.block, each.mark));
    REQUIRE(f.give(each.block));
  }
  // A class of sizes keeps a page, so it may keep an extent; none larger than the ordinary stays.
  CHECK(f.extents.sizes.size() <= 10);
  for (const auto& [id, bytes] : f.extents.sizes) CHECK(bytes <= kExtentBytes);
}

TEST_CASE("what does not fit in half an extent gets one of its own, given back when it is free") {
  Fixture f;
  const std::size_t bytes = GENERATE(kExtentBytes / 2 + 1, kExtentBytes + 1, 3 * kExtentBytes);
  const Block block = f.take(bytes);
  REQUIRE(f.extents.sizes.size() == 1);
  fill(block, 7);
  const bool larger = f.extents.sizes.begin()->second > kExtentBytes;
  REQUIRE(f.give(block));
  CHECK(f.extents.sizes.empty() == larger);
}

TEST_CASE("of the empty extents one is kept for the next call") {
  Fixture f;
  std::vector<Block> blocks;
  for (int i = 0; i < 12; ++i) blocks.push_back(f.take(kExtentBytes / 4));
  REQUIRE(f.extents.sizes.size() == 3);
  for (const Block& block : blocks) REQUIRE(f.give(block));
  CHECK(f.extents.sizes.size() == 1);
}

TEST_CASE("the same work needs no more memory when it is done again") {
  Fixture f;
  std::size_t most = 0;
  for (int turn = 0; turn < 50; ++turn) {
    std::vector<Block> blocks;
    for (std::size_t i = 0; i < 300; ++i) blocks.push_back(f.take(100 + i * 97 % 5000));
    if (turn % 2 == 0) std::reverse(blocks.begin(), blocks.end());
    for (const Block& block : blocks) REQUIRE(f.give(block));
    if (turn == 0) most = f.extents.sizes.size();
    REQUIRE(f.extents.sizes.size() <= most);
  }
}

TEST_CASE("an adopted extent keeps its reserved part, and is never given back") {
  Fixture f;
  const std::size_t bytes = 1u << 20;
  const UniqueFd fd = create_extent(bytes).value();
  f.arena.adopt({77, map_owned(fd, bytes).value()}, 128 * 1024);
  std::vector<Block> blocks;
  for (int i = 0; i < 14; ++i) blocks.push_back(f.take(60'000));
  CHECK(f.extents.sizes.empty());
  for (const Block& block : blocks) {
    CHECK(block.ref.extent == 77);
    CHECK(block.ref.offset >= 128 * 1024);
  }
  for (const Block& block : blocks) REQUIRE(f.give(block));
  CHECK(f.take(60'000).ref.extent == 77);
}

TEST_CASE("what is no block is not freed") {
  Fixture f;
  const Block slot = f.take(100);
  const Block other = f.take(100);
  const Block run = f.take(200'000);
  const auto [extent, offset] = GENERATE_COPY(
      std::pair(slot.ref.extent + 1000, slot.ref.offset),         // no such extent
      std::pair(slot.ref.extent, slot.ref.offset + 128 * 400),    // a slot never handed out
      std::pair(run.ref.extent, run.ref.offset + 4 * 64 * 1024),  // behind the run
      std::pair(run.ref.extent, std::uint64_t{kExtentBytes}),     // behind the end
      std::pair(run.ref.extent, UINT64_MAX & ~std::uint64_t{63}));
  CHECK_FALSE(f.arena.free(extent, offset));
  CHECK(f.give(other));
  CHECK(f.give(slot));
  CHECK(f.give(run));
  CHECK_FALSE(f.give(slot));
  CHECK_FALSE(f.give(run));
}

TEST_CASE("any place in a block stands for it when it is freed") {
  Fixture f;
  const std::size_t bytes = GENERATE(100, 32768, 200'000);
  const std::size_t within = GENERATE(0, 64, 99);
  const Block block = f.take(bytes);
  const std::uint64_t offset = block.ref.offset + within * (bytes / 100);
  CHECK(f.arena.free(block.ref.extent, offset));
  CHECK_FALSE(f.arena.free(block.ref.extent, offset));
  CHECK_FALSE(f.give(block));
}

TEST_CASE("a block of a size that cannot be is refused before anybody is asked") {
  Fixture f;
  CHECK(f.arena.allocate(SIZE_MAX).has_error());
  CHECK(f.extents.sizes.empty());
}

TEST_CASE("a range is found only where it lies in one extent") {
  Fixture f;
  const Block block = f.take(100);
  const auto id = block.ref.extent;
  CHECK(f.arena.find(id, kExtentBytes, 0));
  CHECK_FALSE(f.arena.find(id, kExtentBytes, 1));
  CHECK_FALSE(f.arena.find(id, kExtentBytes + 1, 0));
  CHECK_FALSE(f.arena.find(id, 64, UINT64_MAX));
  CHECK_FALSE(f.arena.find(id, UINT64_MAX, 2));
  CHECK_FALSE(f.arena.find(id + 1, 0, 1));
}

TEST_CASE("a lack of memory is told, and what there was stays usable") {
  Fixture f;
  const Block block = f.take(100);
  f.extents.limit = 0;
  const auto large = f.arena.allocate(kExtentBytes);
  REQUIRE(large.has_error());
  CHECK(large.error().status() == Status::lack);
  CHECK(f.arena.allocate(100).has_value());
  CHECK(f.give(block));
}

}  // namespace
}  // namespace penstock::ipc
