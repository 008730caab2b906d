// The bytes of a ring and how the pieces of messages lie in them: each begins with a word, on a
// multiple of 8, that says how much of its message is left from here on and what kind of piece it
// is; the message's own bytes follow, at most an eighth of the ring. Cursors count bytes for ever
// and wrap at 2^64. A view of memory that another process writes: every access stays inside, words
// are copied once, and whether they make sense is for the caller to ask. Any thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace penstock::sync {

inline constexpr std::uint64_t kLargestMessage = std::uint64_t{1} << 30;

class LaneRing {
 public:
  enum Mark : std::uint64_t { kFirst = 1, kFurther = 2, kGivenUp = 3 };
  struct Word {
    std::uint64_t left;  // bytes of the message, from this piece on
    std::uint64_t mark;
  };
  struct Parts {  // the second is empty unless the piece goes over the ring's end
    std::span<std::byte> first;
    std::span<std::byte> second;
  };
  static constexpr std::uint64_t kWordBytes = 8;

  // `capacity`: a power of two, 64 or more.
  LaneRing(std::byte* bytes, std::uint64_t capacity) : bytes_(bytes), capacity_(capacity) {}

  std::uint64_t capacity() const { return capacity_; }

  // How many of the message's bytes are in a piece that has `left` of them from there on.
  std::uint64_t piece(std::uint64_t left) const { return std::min(left, largest_piece()); }

  // What a piece with that many of them takes up.
  static std::uint64_t room_for_piece(std::uint64_t bytes) {
    return kWordBytes + (bytes + kWordBytes - 1) / kWordBytes * kWordBytes;
  }
  std::uint64_t room_for_message(std::uint64_t size) const {
    const std::uint64_t rest = size % largest_piece();
    const std::uint64_t pieces = size / largest_piece() * room_for_piece(largest_piece());
    return pieces + (rest != 0 || size == 0 ? room_for_piece(rest) : 0);
  }

  bool makes_sense(std::uint64_t head, std::uint64_t tail) const {
    return tail - head <= capacity_ && (head | tail) % kWordBytes == 0;
  }
  bool makes_sense(Word word, std::uint64_t published) const {
    return word.mark >= kFirst && word.mark <= kGivenUp && word.left <= kLargestMessage &&
           (word.mark != kGivenUp || word.left == 0) &&
           room_for_piece(piece(word.left)) <= published;
  }

  Word word(std::uint64_t at) const {
    const std::uint64_t bits = word_at(at).load(std::memory_order_relaxed);
    return {bits >> 2, bits & 3};
  }
  void put_word(std::uint64_t at, Word word) {
    word_at(at).store(word.left << 2 | word.mark, std::memory_order_relaxed);
  }

  // Behind the word of the piece that stands there.
  Parts parts(std::uint64_t piece_at, std::uint64_t size) const {
    const std::uint64_t begin = (piece_at + kWordBytes) & (capacity_ - 1);
    const std::uint64_t before_end = std::min(size, capacity_ - begin);
    return {{bytes_ + begin, before_end}, {bytes_, size - before_end}};
  }
  void put(std::uint64_t piece_at, std::span<const std::byte> bytes) {
    const Parts into = parts(piece_at, bytes.size());
    if (bytes.empty()) return;
    std::memcpy(into.first.data(), bytes.data(), into.first.size());
    std::memcpy(into.second.data(), bytes.data() + into.first.size(), into.second.size());
  }

 private:
  std::uint64_t largest_piece() const { return capacity_ / 8; }
  std::atomic_ref<std::uint64_t> word_at(std::uint64_t at) const {
    return std::atomic_ref(*reinterpret_cast<std::uint64_t*>(bytes_ + (at & (capacity_ - 1))));
  }

  std::byte* bytes_;
  std::uint64_t capacity_;
};

}  // namespace penstock::sync
