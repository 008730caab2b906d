// The owner's allocator over its extents. Only the owner allocates and frees; its book stands in
// the owner's private memory, so no other process can damage it and a reader needs none of it.
//
// An extent is cut into pages of 64 KiB. A block of up to 32 KiB is a slot of a page that holds
// slots of one size (a power of two from 64 bytes); a larger block is a run of pages. A freed slot
// is the next one handed out (a page that has been used is in the cache and mapped: fresh pages are
// 35 times slower). What does not fit in an ordinary extent gets one of its own.
//
// Not thread-safe. Where the next extent comes from, and who hears of an empty one, is the
// embedder's: see Grower.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "ipc/extent.hpp"
#include "ipc/message.hpp"

namespace penstock::ipc {

inline constexpr std::size_t kExtentBytes = 16u << 20;

struct OwnedExtent {
  std::uint32_t id = 0;
  Mapping mapping;
};

class Grower {
 public:
  virtual ~Grower() = default;
  // A new writable extent of at least `bytes`. May wait for the engine to grant it. One without a
  // mapping: blocks were freed meanwhile, and there may be room in what there is.
  virtual Result<OwnedExtent> grow(std::size_t bytes) = 0;
  // The arena has let go of this extent, which is unmapped already.
  virtual void shrink(std::uint32_t extent) = 0;
};

struct Block {
  BlockRef ref;  // size: what was asked for
  std::byte* data = nullptr;
};

class Arena {
 public:
  explicit Arena(Grower& grower) : grower_(grower) {}

  // Makes an extent available of which the first `reserved` bytes are used otherwise. It is never
  // given back.
  void adopt(OwnedExtent extent, std::size_t reserved);

  // A block on a multiple of 64.
  Result<Block> allocate(std::size_t bytes);

  // Of the block in which this place lies. False: there is none; nothing happened.
  bool free(std::uint32_t extent, std::uint64_t offset);

  // Where a block stands that was handed out and not freed.
  std::byte* at(std::uint32_t extent, std::uint64_t offset) const {
    return extents_.at(extent).mapping.data() + offset;
  }

  // The same for a range that somebody else names: nothing if it is not in an extent of this arena.
  std::optional<const std::byte*> find(std::uint32_t extent, std::uint64_t offset,
                                       std::uint64_t size) const;

  // Bytes that were handed out, summed up over time.
  std::uint64_t allocated() const { return allocated_; }

 private:
  static constexpr std::size_t kPage = 64 * 1024;
  static constexpr unsigned kClasses = 10;  // 64 B << 0 ... 64 B << 9 = 32 KiB

  struct Page {
    enum class Use : std::uint8_t { free, slots, run, rest_of_run, reserved };
    Use use = Use::free;
    std::uint8_t size_class = 0;
    bool listed = false;           // stands in open_[size_class]
    std::uint32_t run_pages = 0;   // of a run's first page
    std::uint16_t next_fresh = 0;  // slots from here on were never handed out
    std::uint16_t live = 0;
    std::vector<std::uint16_t> freed;  // slots to hand out again, last one first
    std::vector<bool> taken;
  };
  struct Extent {
    std::uint32_t id = 0;
    Mapping mapping;
    std::vector<Page> pages;
    std::size_t used_pages = 0;
    bool permanent = false;
  };
  struct PageRef {
    std::uint32_t extent;
    std::uint32_t page;
  };

  std::optional<Block> take(std::size_t bytes);
  std::optional<Block> take_slot(unsigned size_class, std::size_t bytes);
  void open_page(unsigned size_class, Extent& extent);
  Block take_pages(Extent& extent, std::size_t pages, std::size_t bytes);
  std::optional<std::size_t> find_pages(const Extent& extent, std::size_t pages) const;
  Extent* extent_with(std::size_t pages);
  Result<void> grow(std::size_t bytes);
  void release_pages(Extent& extent, std::size_t first, std::size_t count);
  void give_back_if_empty(Extent& extent);

  Grower& grower_;
  std::unordered_map<std::uint32_t, Extent> extents_;
  std::vector<std::uint32_t> order_;  // extent ids, oldest first
  std::vector<PageRef> open_[kClasses];
  std::uint64_t allocated_ = 0;
};

}  // namespace penstock::ipc
