// Numbers from 0 on, of which nearly all below the highest are there: those of items that have
// ended. Takes memory for the gaps and not for the numbers. One thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace penstock {

class NumberSet {
 public:
  void add(std::uint64_t number);
  bool contains(std::uint64_t number) const { return covers(number, number); }
  // All from `first` to `last`.
  bool covers(std::uint64_t first, std::uint64_t last) const;
  // All below this one are there, and it is not.
  std::uint64_t floor() const { return floor_; }
  std::uint64_t size() const { return size_; }

  std::string encode() const;
  static Result<NumberSet> decode(std::string_view bytes);

 private:
  std::uint64_t floor_ = 0;
  std::uint64_t size_ = 0;
  std::map<std::uint64_t, std::uint64_t> ranges_;  // above the floor: first, and behind the last
};

}  // namespace penstock
