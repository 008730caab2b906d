#include "sync/circle.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "base/memory.hpp"

namespace penstock::sync {
namespace {

// Stands while links change.
class Reshaping {
 public:
  explicit Reshaping(CircleState& state) : state_(state) { state_.reshaping.store(1); }
  ~Reshaping() { state_.reshaping.store(0); }
  Reshaping(const Reshaping&) = delete;
  Reshaping& operator=(const Reshaping&) = delete;

 private:
  CircleState& state_;
};

// Blocks.
constexpr std::uint32_t kMostAtOnce = 64;
constexpr std::uint32_t kWorthAsking = 16;  // what is free is found out in 50 us

}  // namespace

Result<void> Circle::initialize() {
  state_.spare.store(kNoBlock);
  if (auto reserved = blocks_.reserve(1); !reserved) return reserved;
  const auto first = block(0);
  if (!first) return first.error();
  (*first)->next.store(0);
  state_.blocks.store(1);
  return {};
}

Result<std::uint32_t> Circle::next_of(std::uint32_t number) {
  const auto header = block(number);
  if (!header) return header.error();
  return (*header)->next.load(std::memory_order_acquire);
}

Result<bool> Circle::make_room(Cursor tail, Cursor head, std::uint64_t bytes) {
  const std::uint64_t left = Blocks::kContent - tail.offset;
  if (bytes <= left) return true;
  const std::uint64_t wanted = (bytes - left + Blocks::kContent - 1) / Blocks::kContent;
  std::uint64_t free = 0;
  for (std::uint32_t at = tail.block; free != wanted; ++free) {
    const auto next = next_of(at);
    if (!next) return next.error();
    if (*next == head.block || *next == tail.block) break;
    at = *next;
  }
  const std::uint64_t missing = wanted - free;
  if (missing == 0) return true;
  const std::uint32_t blocks = state_.blocks.load(std::memory_order_relaxed);
  if (blocks > most_) return Blocks::damage(blocks);
  if (missing > std::uint64_t{state_.spares.load(std::memory_order_relaxed)} + most_ - blocks) {
    return false;
  }
  const Reshaping reshaping(state_);
  for (std::uint64_t i = 0; i != missing; ++i) {
    if (state_.spare.load(std::memory_order_relaxed) == kNoBlock) {
      if (auto grown = grow(); !grown) return grown.error();
    }
    if (auto inserted = insert_spare(tail.block); !inserted) return inserted.error();
  }
  return true;
}

Result<void> Circle::grow() {
  const std::uint32_t blocks = state_.blocks.load(std::memory_order_relaxed);
  const std::uint32_t more =
      std::min(std::clamp<std::uint32_t>(blocks / 4, 1, kMostAtOnce), most_ - blocks);
  const std::uint64_t bytes = more * std::uint64_t{Blocks::kBytes};
  if (more >= kWorthAsking && bytes > free_memory()) {
    return Error(Status::lack,
                 "shared memory: there is none left for what is put into a queue of " +
                     std::to_string(blocks * std::uint64_t{Blocks::kBytes}) + " bytes");
  }
  if (auto reserved = blocks_.reserve(blocks + more); !reserved) return reserved;
  for (std::uint32_t number = blocks + more; number-- != blocks;) {
    if (auto aside = put_aside(number); !aside) return aside;
  }
  state_.blocks.store(blocks + more);
  return {};
}

Result<void> Circle::put_aside(std::uint32_t number) {
  const auto header = block(number);
  if (!header) return header.error();
  (*header)->next.store(state_.spare.load(std::memory_order_relaxed));
  state_.spare.store(number);
  state_.spares.fetch_add(1);
  return {};
}

Result<void> Circle::insert_spare(std::uint32_t behind) {
  const std::uint32_t number = state_.spare.load(std::memory_order_relaxed);
  const auto header = block(number);
  if (!header) return header.error();
  const auto before = block(behind);
  if (!before) return before.error();
  if (auto back = blocks_.take_back(number); !back) return back;
  state_.spare.store((*header)->next.load(std::memory_order_relaxed));
  state_.spares.fetch_sub(1);
  (*header)->next.store((*before)->next.load(std::memory_order_relaxed));
  (*before)->next.store(number, std::memory_order_release);
  return {};
}

Result<BlockHeader*> Circle::go_on(Cursor& cursor) {
  if (cursor.offset >= Blocks::kContent) {
    const auto next = next_of(cursor.block);
    if (!next) return next.error();
    cursor = {*next, 0};
  }
  return block(cursor.block);
}

Result<void> Circle::write(Cursor& tail, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto header = go_on(tail);
    if (!header) return header.error();
    const std::size_t count = std::min(bytes.size(), Blocks::kContent - tail.offset);
    std::memcpy(Blocks::content(*header) + tail.offset, bytes.data(), count);
    tail.offset += static_cast<std::uint32_t>(count);
    bytes = bytes.subspan(count);
  }
  return {};
}

Result<void> Circle::read(Cursor& head, std::span<std::byte> into) {
  while (!into.empty()) {
    const auto header = go_on(head);
    if (!header) return header.error();
    const std::size_t count = std::min(into.size(), Blocks::kContent - head.offset);
    std::memcpy(into.data(), Blocks::content(*header) + head.offset, count);
    head.offset += static_cast<std::uint32_t>(count);
    into = into.subspan(count);
  }
  return {};
}

void Circle::trim(Cursor tail, Cursor head) {
  std::uint32_t last_kept = tail.block;
  for (std::uint32_t i = 0; i != kFreeKept; ++i) {
    const auto next = next_of(last_kept);
    if (!next || *next == head.block || *next == tail.block) return;
    last_kept = *next;
  }
  const auto before = block(last_kept);
  if (!before) return;
  for (std::uint32_t i = 0; i != most_; ++i) {
    const std::uint32_t number = (*before)->next.load(std::memory_order_relaxed);
    if (number == head.block || number == tail.block) return;
    const auto header = block(number);
    if (!header) return;
    const Reshaping reshaping(state_);
    (*before)->next.store((*header)->next.load(std::memory_order_relaxed));
    if (!put_aside(number)) return;
    if (state_.spares.load(std::memory_order_relaxed) > kSparesKept) blocks_.give(number);
  }
}

Result<void> Circle::recover(Cursor tail) {
  const std::uint32_t blocks = state_.blocks.load();
  if (blocks > most_) return Blocks::damage(blocks);
  std::vector<bool> linked(blocks);
  for (std::uint32_t at = tail.block; at >= blocks || !linked[at];) {
    if (at >= blocks) return Blocks::damage(at);
    linked[at] = true;
    const auto next = next_of(at);
    if (!next) return next.error();
    at = *next;
  }
  state_.spare.store(kNoBlock);
  state_.spares.store(0);
  for (std::uint32_t number = 0; number != blocks; ++number) {
    if (linked[number]) continue;
    if (auto aside = put_aside(number); !aside) return aside;
  }
  state_.reshaping.store(0);
  return {};
}

}  // namespace penstock::sync
