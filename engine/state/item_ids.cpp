#include "state/item_ids.hpp"

#include <algorithm>
#include <numeric>
#include <span>

#include "state/varint.hpp"

namespace penstock {
namespace {

// More do not come into one epoch; a damaged length shall not take all memory.
constexpr std::uint64_t kMostIds = 1u << 24;
constexpr std::uint64_t kMostNumbers = 1u << 26;

using Numbers = std::span<const std::uint64_t>;

// Ids in a row of which each differs from the one before in one step alone, there by one.
struct Stretch {
  std::size_t step = 0;
  std::uint64_t length = 1;
};

// Where the second is the first with one step more by one; else nothing that is a step.
std::size_t next_step(Numbers one, Numbers other) {
  std::size_t step = one.size();
  for (std::size_t i = 0; i < one.size(); ++i) {
    if (one[i] == other[i]) continue;
    if (step != one.size() || one[i] + 1 != other[i]) return one.size();
    step = i;
  }
  return step;
}

std::string encoded(const ItemIds::Group& group) {
  const std::size_t steps = group.names.size();
  const std::size_t count = group.numbers.size() / steps;
  const auto id = [&](std::size_t index) {
    return Numbers(group.numbers).subspan(index * steps, steps);
  };
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  const auto before = [&](std::size_t a, std::size_t b) {
    return std::lexicographical_compare(id(a).begin(), id(a).end(), id(b).begin(), id(b).end());
  };
  if (!std::is_sorted(order.begin(), order.end(), before)) {
    std::sort(order.begin(), order.end(), before);
  }
  std::string bytes;
  for (std::size_t at = 0; at < count;) {
    Stretch stretch;
    while (at + stretch.length < count) {
      const std::size_t last = at + stretch.length - 1;
      const std::size_t step = next_step(id(order[last]), id(order[last + 1]));
      if (step == steps || (stretch.length > 1 && step != stretch.step)) break;
      stretch.step = step;
      ++stretch.length;
    }
    put_varint(bytes, stretch.length);
    put_varint(bytes, stretch.step);
    for (const std::uint64_t number : id(order[at])) put_varint(bytes, number);
    at += stretch.length;
  }
  return bytes;
}

// How much more may come.
struct Room {
  std::uint64_t ids = kMostIds;
  std::uint64_t numbers = kMostNumbers;
};

bool decode_stretches(std::string_view bytes, ItemIds::Group& group, Room& room) {
  const std::size_t steps = group.names.size();
  std::vector<std::uint64_t> numbers(steps);
  while (!bytes.empty()) {
    std::uint64_t length = 0;
    std::uint64_t step = 0;
    if (!take_varint(bytes, length) || !take_varint(bytes, step) || step >= steps) return false;
    for (std::uint64_t& number : numbers) {
      if (!take_varint(bytes, number)) return false;
    }
    if (length == 0 || length > room.ids || length > room.numbers / steps ||
        numbers[step] > UINT64_MAX - (length - 1)) {
      return false;
    }
    room.ids -= length;
    room.numbers -= length * steps;
    for (std::uint64_t i = 0; i < length; ++i, ++numbers[step]) {
      group.numbers.insert(group.numbers.end(), numbers.begin(), numbers.end());
    }
  }
  return true;
}

}  // namespace

void ItemIds::for_each(
    const std::function<void(const Group& group, std::size_t first)>& use) const {
  for (const Group& group : groups) {
    for (std::size_t at = 0; at < group.numbers.size(); at += group.names.size()) use(group, at);
  }
}

std::string ItemIds::encode() const {
  std::string bytes;
  for (const Group& group : groups) {
    put_varint(bytes, group.names.size());
    for (const std::string& name : group.names) put_bytes(bytes, name);
    put_bytes(bytes, encoded(group));
  }
  return bytes;
}

Result<ItemIds> ItemIds::decode(std::string_view bytes) {
  const Error bad(Status::refused, "ids of items that cannot be read");
  ItemIds ids;
  Room room;
  while (!bytes.empty()) {
    Group& group = ids.groups.emplace_back();
    std::uint64_t steps = 0;
    if (!take_varint(bytes, steps) || steps == 0 || steps > bytes.size()) return bad;
    for (std::uint64_t i = 0; i < steps; ++i) {
      std::string_view name;
      if (!take_bytes(bytes, name)) return bad;
      group.names.emplace_back(name);
    }
    std::string_view stretches;
    if (!take_bytes(bytes, stretches) || !decode_stretches(stretches, group, room)) return bad;
  }
  return ids;
}

std::string ItemIds::text(const Group& group, std::size_t first) {
  std::string text;
  for (std::size_t i = 0; i < group.names.size(); ++i) {
    const std::uint64_t number = group.numbers[first + i];
    text += (i > 0 ? "/" : "") + group.names[i] + ":" +
            (number == kFailed ? "failed" : std::to_string(number));
  }
  return text;
}

}  // namespace penstock
