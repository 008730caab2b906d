// A stream of bytes through blocks that are linked in a circle: whoever appends writes into the
// block of the tail and goes on to the next one, whoever takes reads behind it up to the tail. The
// blocks between tail and head are free; where they do not suffice, more come in behind the tail,
// from the spare ones or out of new memory. Where many are free they are taken out again, and what
// the queue does not soon need goes back to the machine.
//
// The cursors are the owner's. What appends, make_room(), write(), trim() and recover(), is called
// by one at a time, and so is read(); the two may run beside each other. Each link changes in a
// single store, so whoever is killed on the way leaves a whole circle behind, and `reshaping` set:
// the next one that appends calls recover() first, which finds again what was lost beside it.
// Fails with Status::lack, or with gave_up where the memory makes no sense.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <span>

#include "base/result.hpp"
#include "sync/blocks.hpp"

namespace penstock::sync {

// Between two bytes of the stream, one atomic word; at the end of a block it has not gone on to the
// next one yet.
struct alignas(8) Cursor {
  std::uint32_t block;
  std::uint32_t offset;
};

struct CircleState {
  std::uint32_t most;  // blocks
  std::atomic<std::uint32_t> reshaping;
  std::atomic<std::uint32_t> blocks;  // in the circle and spare
  std::atomic<std::uint32_t> spare;   // the first of those; kNoBlock: none
  std::atomic<std::uint32_t> spares;
};

class Circle {
 public:
  static constexpr std::uint32_t kNoBlock = UINT32_MAX;
  static constexpr std::uint32_t kFreeKept = 16;     // blocks: 1 MiB goes round
  static constexpr std::uint32_t kSparesKept = 240;  // and 15 MiB lie in wait

  Circle(CircleState& state, Blocks& blocks)
      : state_(state), blocks_(blocks), most_(within_reason(state.most)) {}

  // A new one: of one block, block 0, where both cursors begin. `state.most` is set before.
  Result<void> initialize();

  // False: not while head stands there.
  Result<bool> make_room(Cursor tail, Cursor head, std::uint64_t bytes);
  Result<void> write(Cursor& tail, std::span<const std::byte> bytes);
  Result<void> read(Cursor& head, std::span<std::byte> into);
  void trim(Cursor tail, Cursor head);

  bool needs_recovery() const { return state_.reshaping.load(std::memory_order_relaxed) != 0; }
  Result<void> recover(Cursor tail);

  // Bytes that the machine gives for it now.
  std::uint64_t memory() const { return blocks_.memory(); }
  // What fits for certain when nothing else is there.
  std::uint64_t capacity() const { return std::uint64_t{most_ - 1} * Blocks::kContent; }

 private:
  static std::uint32_t within_reason(std::uint32_t most) {
    return std::clamp<std::uint32_t>(most, 2, Blocks::kMost);
  }
  Result<BlockHeader*> block(std::uint32_t number) {
    if (BlockHeader* header = blocks_.at(number)) return header;
    return blocks_.refusal(number);
  }
  Result<std::uint32_t> next_of(std::uint32_t number);
  Result<BlockHeader*> go_on(Cursor& cursor);
  Result<void> grow();
  Result<void> put_aside(std::uint32_t number);
  Result<void> insert_spare(std::uint32_t behind);

  CircleState& state_;
  Blocks& blocks_;
  const std::uint32_t most_;
};

}  // namespace penstock::sync
