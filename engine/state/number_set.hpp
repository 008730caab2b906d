// Numbers from 0 on, of which nearly all below the highest are there: those of items that have
// ended. Takes memory for the gaps and not for the numbers. One thread at a time. One that was
// moved from can only be assigned to.
//
// The ranges stand in one vector: numbers come nearly in order, so what moves is near its end, and
// nothing is allocated or freed for each, as the nodes of a tree would be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace penstock {

class NumberSet {
 public:
  void add(std::uint64_t number);
  bool contains(std::uint64_t number) const { return covers(number, number); }
  // All from `first` to `last`.
  bool covers(std::uint64_t first, std::uint64_t last) const;
  // All below this one are there, and it is not.
  std::uint64_t floor() const { return ranges_.front().end; }
  std::uint64_t size() const { return size_; }

  std::string encode() const;
  static Result<NumberSet> decode(std::string_view bytes);

 private:
  struct Range {
    std::uint64_t first;
    std::uint64_t end;  // behind the last
  };
  // Index of the range that begins at or before `number`, the last of them.
  std::size_t at_or_before(std::uint64_t number) const;

  std::uint64_t size_ = 0;
  std::vector<Range> ranges_{{0, 0}};  // in order, with gaps between; the first ends at the floor
};

}  // namespace penstock
