#include "state/number_set.hpp"

#include <iterator>

#include "state/varint.hpp"

namespace penstock {

void NumberSet::add(std::uint64_t number) {
  if (number < floor_) return;
  if (number == floor_) {
    ++floor_;
    ++size_;
    const auto first = ranges_.begin();
    if (first != ranges_.end() && first->first == floor_) {
      floor_ = first->second;
      ranges_.erase(first);
    }
    return;
  }
  const auto after = ranges_.upper_bound(number);
  const auto before = after == ranges_.begin() ? ranges_.end() : std::prev(after);
  if (before != ranges_.end() && number < before->second) return;
  ++size_;
  const bool joins_next = after != ranges_.end() && after->first == number + 1;
  const std::uint64_t end = joins_next ? after->second : number + 1;
  if (joins_next) ranges_.erase(after);
  if (before != ranges_.end() && before->second == number) {
    before->second = end;
  } else {
    ranges_.emplace(number, end);
  }
}

bool NumberSet::covers(std::uint64_t first, std::uint64_t last) const {
  if (last < floor_) return true;
  if (first < floor_) first = floor_;
  const auto after = ranges_.upper_bound(first);
  return after != ranges_.begin() && last < std::prev(after)->second;
}

// The floor, then for each range how far it is from the end of the one before, and its length.
std::string NumberSet::encode() const {
  std::string bytes;
  put_varint(bytes, floor_);
  std::uint64_t end = floor_;
  for (const auto& [first, behind] : ranges_) {
    put_varint(bytes, first - end);
    put_varint(bytes, behind - first);
    end = behind;
  }
  return bytes;
}

Result<NumberSet> NumberSet::decode(std::string_view bytes) {
  const Error bad(Status::refused, "a set of numbers that cannot be read");
  NumberSet set;
  if (!take_varint(bytes, set.floor_)) return bad;
  set.size_ = set.floor_;
  std::uint64_t end = set.floor_;
  while (!bytes.empty()) {
    std::uint64_t gap = 0;
    std::uint64_t length = 0;
    if (!take_varint(bytes, gap) || !take_varint(bytes, length)) return bad;
    if (gap == 0 || length == 0 || gap > UINT64_MAX - end || length > UINT64_MAX - end - gap) {
      return bad;
    }
    set.ranges_.emplace_hint(set.ranges_.end(), end + gap, end + gap + length);
    set.size_ += length;
    end += gap + length;
  }
  return set;
}

}  // namespace penstock
