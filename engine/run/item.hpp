// An item on its way to one stage, and what it carries. Items form trees: what a call emits are
// children of the item it was given, and an item ends when its own call and all its children have
// ended. An output that several stages read is one item for each of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "ipc/message.hpp"
#include "pool/extent_table.hpp"

namespace penstock {

using ItemIndex = std::uint32_t;
inline constexpr ItemIndex kNoItem = UINT32_MAX;
using StageIndex = std::uint16_t;
inline constexpr StageIndex kNoStage = UINT16_MAX;

// Bytes in the descriptor itself, or a part of a block that the item holds.
struct Payload {
  struct Part {
    std::uint64_t offset;  // in the block
    std::uint64_t size;
    std::uint64_t sum;  // over its bytes, where the run has checksums
  };

  ipc::Where where = ipc::Where::nothing;
  std::uint8_t inline_size = 0;
  BlockId block = kNoBlock;
  union {
    alignas(16) std::byte here[ipc::kInlineBytes] = {};
    Part part;
  };

  bool is_block() const { return where == ipc::Where::block; }
  std::uint64_t size() const { return where == ipc::Where::block ? part.size : inline_size; }
  std::span<const std::byte> inline_bytes() const { return std::span(here, inline_size); }

  static Payload of_bytes(std::span<const std::byte> bytes) {  // at most kInlineBytes
    Payload payload;
    payload.where = ipc::Where::here;
    payload.inline_size = static_cast<std::uint8_t>(bytes.size());
    if (!bytes.empty()) std::memcpy(payload.here, bytes.data(), bytes.size());
    return payload;
  }
  static Payload of_block(BlockId block, std::uint64_t offset, std::uint64_t size,
                          std::uint64_t sum = 0) {
    Payload payload;
    payload.where = ipc::Where::block;
    payload.block = block;
    payload.part = {offset, size, sum};
    return payload;
  }
};

// In place of a number: what a stage says of an item that was given up there.
inline constexpr std::uint64_t kFailedRecord = UINT64_MAX;

// Two lines of the cache, of which most of its way needs the second.
struct alignas(128) Item {
  Payload payload;
  std::uint64_t number = 0;       // of a source item; else the index of the emit
  ItemIndex parent = kNoItem;     // none: a source item, or what a stateful stage made
  ItemIndex next = kNoItem;       // in whatever list it stands
  std::uint32_t children = 0;     // that have not ended
  std::uint32_t snapshot = 0;     // of what a stateful stage made: counted from 1
  std::uint32_t born_ms = 0;      // of a source item: since the run began
  StageIndex made_by = kNoStage;  // none: the engine made it, and it is in no account
  StageIndex stage = kNoStage;    // that it goes to; none: it only joins its children
  std::uint16_t edge = 0;         // of that stage, on which it comes
  std::uint16_t attempts = 0;     // calls that have been charged to it
  std::uint16_t spools = 0;       // whose outputs stand in its place in the order
  // Of one without a parent: where something that came of it is done. More is in the ledger.
  static constexpr std::size_t kPassedHere = 3;
  StageIndex passed[kPassedHere] = {};
  std::uint8_t passed_count = 0;
  bool tallied = false;     // there is more
  bool ended = false;       // its own call
  bool queued = false;      // waits before its stage
  bool dead = false;        // it or a child was given up
  bool skipped = false;     // likewise, by `on_failure: skip`
  bool handled = false;     // likewise, and a stage took the record of it
  bool failed = false;      // has an entry in the book of causes
  bool alone = false;       // not to be run together with others any more
  bool several = false;     // stands for the items of a call, from which its children are made
  bool particular = false;  // a call with terms of its own
  bool cancelled = false;   // a call that nobody wants any more
};

// An output that has been checked: its block is held until it is delivered or released.
struct Output {
  Payload payload;           // or the page
  std::uint16_t port = 0;    // index of the output
  std::uint16_t member = 0;  // see ipc::kMostInBatch
  std::uint32_t page = 0;    // descriptors in the page; 0: it is an output itself
  WorkerId maker = 0;        // of a page: pinned
  std::vector<Payload>
      given{};  // of a page: what the call was given, of which outputs may be parts
};

// First in, first out, linked through Item::next. The items belong to the ledger.
class Ledger;
class ItemList {
 public:
  bool empty() const { return head_ == kNoItem; }
  std::size_t size() const { return size_; }
  ItemIndex front() const { return head_; }
  void push_back(Ledger& ledger, ItemIndex item);
  void push_front(Ledger& ledger, ItemIndex item);
  ItemIndex pop_front(Ledger& ledger);
  // All of `other`, in its order, before what is here.
  void prepend(Ledger& ledger, ItemList& other);

 private:
  ItemIndex head_ = kNoItem;
  ItemIndex tail_ = kNoItem;
  std::size_t size_ = 0;
};

}  // namespace penstock
