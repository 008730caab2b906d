// Memory that grows while several processes use it: a row of blocks of one size in one memfd, each
// reserved before it is used. The file is sealed against shrinking, and a block is touched only if
// it lies within the size that the kernel tells, so no access can raise SIGBUS. It has no name; the
// last close or the last death frees it.
//
// Each process maps what it uses, in windows of which each is as large as all before it, so that a
// small row takes little address space and a large one few mappings. at() may be called from any
// thread; what changes the file, by one process at a time.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace penstock::sync {

// At the start of each block.
struct BlockHeader {
  std::atomic<std::uint32_t> next;   // the owner's link
  std::atomic<std::uint32_t> given;  // 1: all but the first page has been given back
};

class Blocks {
 public:
  static constexpr std::size_t kBytes = std::size_t{64} * 1024;
  static constexpr std::size_t kContent = kBytes - 64;  // behind the header
  static constexpr std::uint32_t kMost = 1u << 24;      // 1 TiB

  // Empty.
  static Result<Blocks> create();
  // Checks the seals.
  static Result<Blocks> open(UniqueFd fd);

  Blocks(Blocks&& other) noexcept;
  Blocks& operator=(Blocks&&) = delete;
  ~Blocks();

  // Null: there is no such block, or it cannot be mapped; refusal() says which.
  BlockHeader* at(std::uint32_t block) {
    if (block < known_.load(std::memory_order_acquire)) {
      std::byte* window = windows_[window_of(block)].load(std::memory_order_acquire);
      if (window != nullptr) {
        return reinterpret_cast<BlockHeader*>(window +
                                              (block - first_of(window_of(block))) * kBytes);
      }
    }
    return map(block);
  }
  static std::byte* content(BlockHeader* block) { return reinterpret_cast<std::byte*>(block) + 64; }
  Error refusal(std::uint32_t block) const;
  static Error damage(std::uint32_t block);  // no circle of this file can have such a block

  // The file has at least `count` blocks. Fails with Status::lack, then it is as it was.
  Result<void> reserve(std::uint32_t count);

  // The machine has the memory of a block again, all but the first page, until it is taken back
  // with take_back(). What stood there is lost.
  void give(std::uint32_t block);
  Result<void> take_back(std::uint32_t block);

  std::uint64_t memory() const;  // bytes that the machine gives for it now

  int fd() const { return fd_.get(); }

 private:
  static constexpr std::size_t kWindows = 22;
  static constexpr std::uint32_t kFirstWindow = 16;  // blocks

  explicit Blocks(UniqueFd fd) : fd_(std::move(fd)) {}

  static std::size_t window_of(std::uint32_t block) {
    return static_cast<std::size_t>(std::bit_width(block / kFirstWindow));
  }
  static std::uint32_t first_of(std::size_t window) {
    return window == 0 ? 0 : kFirstWindow << (window - 1);
  }
  static std::size_t bytes_of(std::size_t window) {
    return (window == 0 ? kFirstWindow : first_of(window)) * kBytes;
  }
  std::uint32_t count_in_file() const;
  BlockHeader* map(std::uint32_t block);

  UniqueFd fd_;
  std::atomic<std::uint32_t> known_{0};  // blocks that the file was seen to have
  std::mutex mapping_;
  std::array<std::atomic<std::byte*>, kWindows> windows_{};
};

}  // namespace penstock::sync
