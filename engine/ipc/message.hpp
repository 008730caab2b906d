// The 64-byte descriptors that engine and worker exchange over their two rings, and the words in
// them. A reader copies a descriptor out of the ring first and checks the copy: what stands in the
// ring can change under its eyes, because the other side may write there at any time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace penstock::ipc {

enum class Kind : std::uint8_t {
  none = 0,

  // engine -> worker: calls, numbered without gaps in the order in which they stand in the ring
  open,     // an order for this stage is in the channel
  part,     // payload: an item of the batch that the next run, of the same number, completes
  run,      // payload: the item; extra: index of the edge on which it came
  produce,  // number: how many items are wanted
  finish,
  snapshot,
  commit,  // number: the epoch; extra: penstock_epoch_flags
  close,

  // engine -> worker: everything else
  feed,         // payload: a block of the engine's standard input
  feed_end,     // nothing comes after it
  free_blocks,  // freed: blocks of this worker that nobody holds any more
  forget,       // number: an extent that will not be named again
  stop,         // leave; no call is waiting

  // worker -> engine: about the call in hand
  output,    // payload; extra: index of the named output; stage: see made_from()
  page,      // block: `extra` descriptors of kind output, each to be treated as if sent here
  answer,    // payload: what snapshot, commit or open answered
  position,  // number: how much of the standard input the snapshot in `answer` covers
  progress,  // body: Progress
  total,     // open of a source: number of items that there will be
  done,      // code: an Ending; failed: payload: a text, extra: penstock_failure; else number: ns

  // worker -> engine: everything else
  ready,        // the worker's own segment is mapped and sealed
  log,          // payload: text; extra: level
  want_extent,  // number: bytes
  drop_extent,  // number: an extent of this worker that is empty
  ask_id,       // the id of the item in hand; the answer comes through the channel
  want_input,   // the source reads the engine's standard input

  // engine -> worker, too
  letters,  // the channel has some that nobody waits for in particular
};

// Where a payload stands.
enum class Where : std::uint8_t {
  nothing = 0,
  here,   // in the descriptor itself
  block,  // in a block of the sender (or, engine -> worker, in any mapped extent)
  input,  // outputs alone: a part of this call's input, which for a source is `piece`
};

// How a call ended, in `code` of done.
enum class Ending : std::uint8_t {
  ok = 0,
  end,  // produce: there is no more
  failed,
  unrun,    // not begun: withdrawn, or an earlier call has left the stage without a valid state
  damaged,  // the payload is not what its maker said: not begun either
};

// In `extra` of a done run that has ended well: so much of the worker's memory is used that it
// answers all runs behind this one as unrun, and wants a fresh worker in its place.
inline constexpr std::uint16_t kSpent = 1;

struct BlockRef {
  std::uint32_t extent = 0;
  std::uint32_t piece = 0;  // of the standard input: its number
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t sum = 0;  // over its bytes, where the run has checksums; 0: the engine made it
};

struct FreedBlock {
  std::uint32_t extent;
  std::uint32_t offset64;  // offset / 64
};

struct Progress {
  double done = 0;
  double total = 0;
};

inline constexpr std::size_t kInlineBytes = 48;
inline constexpr std::size_t kPageDescriptors = 1024;  // in one page of outputs
inline constexpr std::size_t kFreedPerDescriptor = kInlineBytes / sizeof(FreedBlock);

struct alignas(64) Descriptor {
  Kind kind = Kind::none;
  Where where = Where::nothing;
  std::uint8_t inline_size = 0;
  std::uint8_t code = 0;  // done: an Ending; run: the number of the attempt
  std::uint16_t stage = 0;
  std::uint16_t extra = 0;
  std::uint64_t call = 0;
  alignas(16) std::byte body[kInlineBytes] = {};

  template <class T>
  T body_as() const {
    static_assert(sizeof(T) <= kInlineBytes);
    T value;
    std::memcpy(&value, body, sizeof value);
    return value;
  }
  template <class T>
  void set_body(const T& value) {
    static_assert(sizeof(T) <= kInlineBytes);
    std::memcpy(body, &value, sizeof value);
  }
  void set_block(const BlockRef& block, Where place = Where::block) {
    where = place;
    set_body(block);
  }
  BlockRef block() const { return body_as<BlockRef>(); }
  std::uint64_t number() const { return body_as<std::uint64_t>(); }

  // Bytes beyond kInlineBytes do not fit: false.
  bool set_inline(std::span<const std::byte> bytes) {
    if (bytes.size() > kInlineBytes) return false;
    where = Where::here;
    inline_size = static_cast<std::uint8_t>(bytes.size());
    if (!bytes.empty()) std::memcpy(body, bytes.data(), bytes.size());
    return true;
  }
  // Empty where inline_size lies.
  std::span<const std::byte> inline_bytes() const {
    return inline_size <= kInlineBytes ? std::span(body, inline_size)
                                       : std::span<const std::byte>();
  }
};
static_assert(sizeof(Descriptor) == 64);

// Whose outputs they are, of a call with several items, in `stage` of an output: 0 for all of them
// together, else the item's index and one.
inline constexpr std::size_t kMostInBatch = UINT16_MAX - 1;

// Of an output that a stage partitioned by the key given to emit reads, the payload is
// value, key, and two bytes with the key's size.
inline constexpr std::size_t kKeySizeBytes = 2;
inline constexpr std::size_t kMaxKey = UINT16_MAX;

inline Descriptor numbered(Kind kind, std::uint64_t number) {
  Descriptor descriptor;
  descriptor.kind = kind;
  descriptor.set_body(number);
  return descriptor;
}

}  // namespace penstock::ipc
