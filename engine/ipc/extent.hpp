// An extent: one memfd, reserved in full before use, mapped writable by its owner alone.
//
// The engine creates it, sealed against shrinking and growing, and grants it to its owner; the
// owner maps it writable and seals it against any further writable mapping and further seals.
// Whoever maps it for reading checks these seals first: its memory cannot vanish (no SIGBUS) and no
// one but the owner can write. It has no name; the last close or the last death frees it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace penstock::ipc {

// A mapped range, unmapped when it goes out of scope. Move-only.
class Mapping {
 public:
  Mapping() = default;
  Mapping(std::byte* data, std::size_t size) : data_(data), size_(size) {}
  Mapping(Mapping&& other) noexcept : data_(other.data_), size_(other.size_) {
    other.data_ = nullptr;
    other.size_ = 0;
  }
  Mapping& operator=(Mapping&& other) noexcept;
  ~Mapping();

  std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }
  explicit operator bool() const { return data_ != nullptr; }
  bool contains(const void* pointer) const {
    const auto* byte = static_cast<const std::byte*>(pointer);
    return byte >= data_ && byte < data_ + size_;
  }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

// A new memfd with `bytes` (rounded up to whole pages) reserved. Fails with Status::lack; also if a
// large one does not fit into what is free on this machine, before the kernel begins to kill.
Result<UniqueFd> create_extent(std::size_t bytes);

// The owner's mapping; seals the extent. Later calls on the same extent fail.
Result<Mapping> map_owned(const UniqueFd& extent, std::size_t bytes);

// A reader's mapping, after a check of size and seals.
Result<Mapping> map_readable(const UniqueFd& extent, std::size_t bytes);

// A reader's mapping of an extent whose owner has not begun: the engine's view of a worker's home.
// Its size is safe; what stands in it is copied and checked in any case.
Result<Mapping> map_unsealed(const UniqueFd& extent, std::size_t bytes);

// Whether the extent has its size and all its seals. What lies in it can be read with read_extent.
Result<void> check_extent(const UniqueFd& extent, std::size_t bytes);

// Copies bytes out without mapping them, so that they do not count as this process's memory.
Result<void> read_extent(const UniqueFd& extent, std::uint64_t offset, std::span<std::byte> into);

std::size_t round_to_pages(std::size_t bytes);

}  // namespace penstock::ipc
