#include "text/word_table.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <stdexcept>

namespace penstock::text {
namespace {

static_assert(std::endian::native == std::endian::little, "words are kept as numbers");

// What a byte of a text becomes in a word; 0 for a byte that ends the word.
using Letters = std::array<std::uint8_t, 256>;

constexpr Letters letters(bool lowercase) {
  Letters table{};
  for (int c = 0; c != 256; ++c) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool lower = c >= 'a' && c <= 'z';
    if (upper || lower || c == '\'' || c > 127) {
      table[c] = static_cast<std::uint8_t>(upper && lowercase ? c + ('a' - 'A') : c);
    }
  }
  return table;
}

constexpr Letters as_they_are = letters(false);
constexpr Letters lowercased = letters(true);

constexpr std::size_t longest_word = std::size_t{1} << 31;

}  // namespace

WordTable::WordTable() : slots_(1024) {}

void WordTable::count(std::string_view text, bool lowercase) {
  const Letters& table = lowercase ? lowercased : as_they_are;
  const auto* at = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto* end = at + text.size();
  std::vector<std::uint64_t> parts;  // of a word of eight bytes or more, the first one included
  while (at != end) {
    if (table[*at] == 0) {
      ++at;
      continue;
    }
    const auto* begin = at;
    std::uint64_t part = 0;
    unsigned shift = 0;
    parts.clear();
    for (std::uint8_t letter = 0; at != end && (letter = table[*at]) != 0; ++at) {
      part |= std::uint64_t{letter} << shift;
      shift += 8;
      if (shift == 64) {
        parts.push_back(part);
        part = 0;
        shift = 0;
      }
    }
    const auto length = static_cast<std::size_t>(at - begin);
    if (length < 8) {
      add(part, nullptr, length, 1);
    } else {
      if (shift != 0) parts.push_back(part);
      add(parts.front(), parts.data() + 1, length, 1);
    }
  }
}

void WordTable::add(std::string_view word, std::uint64_t count) {
  if (word.size() <= 8) {
    std::uint64_t first = 0;
    std::memcpy(&first, word.data(), word.size());
    return add(first, nullptr, word.size(), count);
  }
  std::vector<std::uint64_t> parts((word.size() + 7) / 8);
  std::memcpy(parts.data(), word.data(), word.size());
  add(parts.front(), parts.data() + 1, word.size(), count);
}

void WordTable::clear() {
  std::fill(slots_.begin(), slots_.end(), Slot{});
  rests_.clear();
  used_ = 0;
}

std::size_t WordTable::hash(std::uint64_t first, const std::uint64_t* rest,
                            std::size_t length) const {
  constexpr std::uint64_t multiplier = 0x9e3779b97f4a7c15;
  std::uint64_t hash = (first ^ length) * multiplier;
  for (std::size_t i = 0; i != (length - 1) / 8; ++i) {
    hash = (std::rotl(hash, 29) ^ rest[i]) * multiplier;
  }
  return hash >> 32;
}

void WordTable::add(std::uint64_t first, const std::uint64_t* rest, std::size_t length,
                    std::uint64_t count) {
  const std::size_t more = (length - 1) / 8;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = hash(first, rest, length) & mask;; i = (i + 1) & mask) {
    Slot& slot = slots_[i];
    if (slot.first == first && slot.length == length &&
        (more == 0 || std::equal(rest, rest + more, rests_.begin() + slot.rest))) {
      slot.count += count;
      return;
    }
    if (slot.length != 0) continue;
    if (length > longest_word || rests_.size() + more > UINT32_MAX) {
      throw std::length_error("there are too many words to count in one place");
    }
    slot = {first, count, static_cast<std::uint32_t>(length),
            static_cast<std::uint32_t>(rests_.size())};
    rests_.insert(rests_.end(), rest, rest + more);
    if (++used_ > slots_.size() / 2) grow();
    return;
  }
}

void WordTable::grow() {
  std::vector<Slot> old(2 * slots_.size());
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.length == 0) continue;
    std::size_t i = hash(slot.first, rests_.data() + slot.rest, slot.length) & mask;
    while (slots_[i].length != 0) i = (i + 1) & mask;
    slots_[i] = slot;
  }
}

}  // namespace penstock::text
