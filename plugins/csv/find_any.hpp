// Finds the first of a few characters, eight bytes at a time.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace penstock::csv {

// The first character in [at, end) that is one of `wanted`; `end` if there is none.
template <std::size_t N>
const char* find_any(const char* at, const char* end, const std::array<char, N>& wanted) {
  constexpr std::uint64_t ones = 0x0101010101010101;
  static_assert(std::endian::native == std::endian::little);
  for (; end - at >= 8; at += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, at, 8);
    // The lowest of the high bits that are set stands in a byte that is wanted; those above it may
    // be there by a carry.
    std::uint64_t found = 0;
    for (const char c : wanted) {
      const std::uint64_t zero_where_it_is = eight ^ (ones * static_cast<unsigned char>(c));
      found |= (zero_where_it_is - ones) & ~zero_where_it_is & (ones << 7);
    }
    if (found != 0) return at + std::countr_zero(found) / 8;
  }
  for (; at != end; ++at) {
    for (const char c : wanted) {
      if (*at == c) return at;
    }
  }
  return end;
}

}  // namespace penstock::csv
