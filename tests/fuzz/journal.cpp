// What a journal holds in its rows, once their checksums are right: sets of numbers, ids of items,
// dead letters. The first byte says which. No crash, no hang, no more memory than an epoch may
// take; and what was read is the same when it is written and read again.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "state/item_ids.hpp"
#include "state/letter_row.hpp"
#include "state/number_set.hpp"

namespace {

using namespace penstock;

void require(bool holds) {
  if (!holds) std::abort();
}

void read_set(std::string_view bytes) {
  auto set = NumberSet::decode(bytes);
  if (!set) return;
  const std::string encoded = set->encode();
  require(encoded.size() <= bytes.size());
  const auto again = NumberSet::decode(encoded);
  require(again && again->encode() == encoded && again->size() == set->size());
  const std::uint64_t floor = set->floor();
  require(!set->contains(floor) && (floor == 0 || set->covers(0, floor - 1)));
  if (floor == UINT64_MAX) return;  // no item has this number
  set->add(floor);
  require(set->floor() > floor && set->size() == again->size() + 1);
}

std::size_t count(const ItemIds& ids) {
  std::size_t count = 0;
  ids.for_each([&](const ItemIds::Group&, std::size_t) { ++count; });
  return count;
}

void read_ids(std::string_view bytes) {
  const auto ids = ItemIds::decode(bytes);
  if (!ids) return;
  const std::size_t many = count(*ids);
  if (many > 1u << 16) return;  // which takes long
  const std::string encoded = ids->encode();
  const auto again = ItemIds::decode(encoded);
  require(again && count(*again) == many && again->encode() == encoded);
  std::size_t size = 0;
  ids->for_each([&](const ItemIds::Group& group, std::size_t first) {
    size += ItemIds::text(group, first).size();
  });
  require(size >= many);
}

void read_letter(std::string_view attempts) {
  const auto row = Row{std::string("chunks:1"), std::string("counts"), std::string("text.count"),
                       std::string("text 1"),   std::string("build"),  std::string(attempts),
                       std::string("null")};
  auto letter = letter_of(row);
  if (!letter) return;
  for (auto& attempt : letter->attempts) attempt.seconds = 0;  // may lose its last digit
  const auto again = letter_of(row_of(*letter));
  require(again && to_json(*again) == to_json(*letter));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0:
      read_set(bytes);
      break;
    case 1:
      read_ids(bytes);
      break;
    default:
      read_letter(bytes);
      break;
  }
  return 0;
}
