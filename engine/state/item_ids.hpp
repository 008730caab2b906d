// Ids of items as the journal keeps them, many at a time: those of a million neighbours take a few
// bytes. An id is a row of steps, "chunks:17/counts:0": the text before each colon is the same for
// all ids of a group, the numbers behind it are not.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace penstock {

class ItemIds {
 public:
  struct Group {
    std::vector<std::string> names;      // of the steps, the first one the origin's
    std::vector<std::uint64_t> numbers;  // one a step, id after id
  };

  // The word that stands for this number: no output has it.
  static constexpr std::uint64_t kFailed = UINT64_MAX;

  std::vector<Group> groups;

  bool empty() const { return groups.empty(); }
  void for_each(const std::function<void(const Group& group, std::size_t first)>& use) const;

  // In no order of its own.
  std::string encode() const;
  static Result<ItemIds> decode(std::string_view bytes);

  // "chunks:17/counts:0": of the id whose numbers begin at `first`.
  static std::string text(const Group& group, std::size_t first);
};

}  // namespace penstock
