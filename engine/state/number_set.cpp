#include "state/number_set.hpp"

#include <algorithm>
#include <span>

#include "state/varint.hpp"

namespace penstock {

std::size_t NumberSet::at_or_before(std::uint64_t number) const {
  if (number >= ranges_.back().first) return ranges_.size() - 1;
  const auto after = std::upper_bound(
      ranges_.begin() + 1, ranges_.end(), number,
      [](std::uint64_t wanted, const Range& range) { return wanted < range.first; });
  return static_cast<std::size_t>(after - ranges_.begin()) - 1;
}

void NumberSet::add(std::uint64_t number) {
  const std::size_t at = at_or_before(number);
  if (number < ranges_[at].end) return;
  ++size_;
  const auto next = ranges_.begin() + static_cast<std::ptrdiff_t>(at) + 1;
  const bool joins_before = ranges_[at].end == number;
  const bool joins_next = next != ranges_.end() && next->first == number + 1;
  if (joins_before && joins_next) {
    ranges_[at].end = next->end;
    ranges_.erase(next);
  } else if (joins_before) {
    ++ranges_[at].end;
  } else if (joins_next) {
    next->first = number;
  } else {
    ranges_.insert(next, {number, number + 1});
  }
}

bool NumberSet::covers(std::uint64_t first, std::uint64_t last) const {
  const std::uint64_t floor = ranges_.front().end;
  if (last < floor) return true;
  return last < ranges_[at_or_before(std::max(first, floor))].end;
}

// The floor, then for each range how far it is from the end of the one before, and its length.
std::string NumberSet::encode() const {
  std::string bytes;
  put_varint(bytes, floor());
  std::uint64_t end = floor();
  for (const auto& [first, behind] : std::span(ranges_).subspan(1)) {
    put_varint(bytes, first - end);
    put_varint(bytes, behind - first);
    end = behind;
  }
  return bytes;
}

Result<NumberSet> NumberSet::decode(std::string_view bytes) {
  const Error bad(Status::refused, "a set of numbers that cannot be read");
  NumberSet set;
  if (!take_varint(bytes, set.ranges_.front().end)) return bad;
  std::uint64_t end = set.size_ = set.floor();
  while (!bytes.empty()) {
    std::uint64_t gap = 0;
    std::uint64_t length = 0;
    if (!take_varint(bytes, gap) || !take_varint(bytes, length)) return bad;
    if (gap == 0 || length == 0 || gap > UINT64_MAX - end || length > UINT64_MAX - end - gap) {
      return bad;
    }
    set.ranges_.push_back({end + gap, end + gap + length});
    set.size_ += length;
    end += gap + length;
  }
  return set;
}

}  // namespace penstock
