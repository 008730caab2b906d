// Whole numbers in as few bytes as they need: seven bits a byte, the lowest first, the highest bit
// set in all but the last (LEB128, as in DWARF and Protocol Buffers).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace penstock {

inline void put_varint(std::string& bytes, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) bytes += static_cast<char>((number & 0x7f) | 0x80);
  bytes += static_cast<char>(number);
}

// Takes one from the front. False: there is none, or none that fits.
inline bool take_varint(std::string_view& bytes, std::uint64_t& number) {
  number = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    if (shift == 63 && byte > 1) return false;
    number |= std::uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

inline void put_bytes(std::string& bytes, std::string_view more) {
  put_varint(bytes, more.size());
  bytes += more;
}

inline bool take_bytes(std::string_view& bytes, std::string_view& taken) {
  std::uint64_t size = 0;
  if (!take_varint(bytes, size) || size > bytes.size()) return false;
  taken = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return true;
}

}  // namespace penstock
