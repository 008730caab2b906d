// Keeps lines that say the same again and again from filling the screen: of one kind the first 50
// are said, then each whose number is a power of two. Belongs to the loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace penstock {

class Repeats {
 public:
  // Whether the next line of this kind is to be said; if some before it were not, `note` becomes
  // what there is to add.
  bool pass(const std::string& kind, std::string& note) {
    if (counts_.size() >= kKinds) counts_.clear();
    const std::uint64_t count = ++counts_[std::hash<std::string>()(kind)];
    if (count <= kFirst) return true;
    if ((count & (count - 1)) != 0) return false;
    note = " (the " + std::to_string(count) + "th of this kind; most of them are not shown)";
    return true;
  }

 private:
  static constexpr std::uint64_t kFirst = 50;
  static constexpr std::size_t kKinds = 1000;    // remembered, at most
  std::map<std::size_t, std::uint64_t> counts_;  // by a hash, as kinds may be long texts
};

}  // namespace penstock
