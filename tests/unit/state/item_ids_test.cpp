#include "state/item_ids.hpp"

#include <algorithm>
#include <random>

#include "catch.hpp"
#include "state/varint.hpp"

namespace penstock {
namespace {

// All of them, sorted, as they are shown.
std::vector<std::string> texts(const ItemIds& ids) {
  std::vector<std::string> texts;
  ids.for_each([&](const ItemIds::Group& group, std::size_t first) {
    texts.push_back(ItemIds::text(group, first));
  });
  std::sort(texts.begin(), texts.end());
  return texts;
}

// What comes back, after it was seen to hold the same ids.
ItemIds again(const ItemIds& ids) {
  auto decoded = ItemIds::decode(ids.encode());
  REQUIRE(decoded.has_value());
  REQUIRE(texts(*decoded) == texts(ids));
  return std::move(*decoded);
}

ItemIds linear(std::uint64_t first, std::uint64_t count) {
  ItemIds ids;
  ItemIds::Group& group = ids.groups.emplace_back();
  group.names = {"chunks", "counts"};
  for (std::uint64_t i = first; i < first + count; ++i) {
    group.numbers.insert(group.numbers.end(), {i, 0});
  }
  return ids;
}

bool refused(std::string_view bytes) {
  const auto ids = ItemIds::decode(bytes);
  return ids.has_error() && ids.error().status() == Status::refused &&
         std::string(ids.error().what()) == "ids of items that cannot be read";
}

// A group of one step, "a", with these bytes as its stretches.
std::string group_of(const std::string& stretches, std::uint64_t steps = 1) {
  std::string bytes;
  put_varint(bytes, steps);
  for (std::uint64_t i = 0; i < steps; ++i) put_bytes(bytes, "a");
  put_bytes(bytes, stretches);
  return bytes;
}

std::string varints(std::initializer_list<std::uint64_t> numbers) {
  std::string bytes;
  for (const std::uint64_t number : numbers) put_varint(bytes, number);
  return bytes;
}

TEST_CASE("no ids are no bytes") {
  CHECK(ItemIds().empty());
  CHECK(ItemIds().encode().empty());
  CHECK(ItemIds::decode("").value().empty());
}

TEST_CASE("an id is shown with all its steps") {
  const ItemIds::Group group{{"chunks", "words", "counts"}, {17, 3, 0, 18, ItemIds::kFailed, 1}};
  CHECK(ItemIds::text(group, 0) == "chunks:17/words:3/counts:0");
  CHECK(ItemIds::text(group, 3) == "chunks:18/words:failed/counts:1");
}

TEST_CASE("neighbours come back, and a million of them take a few bytes") {
  CHECK(again(linear(17, 1)).groups[0].numbers == std::vector<std::uint64_t>{17, 0});
  const ItemIds ids = linear(5'000'000, 1'000'000);
  const std::string bytes = ids.encode();
  CHECK(bytes.size() < 40);
  const ItemIds decoded = ItemIds::decode(bytes).value();
  REQUIRE(decoded.groups.size() == 1);
  CHECK(decoded.groups[0].names == ids.groups[0].names);
  CHECK(decoded.groups[0].numbers == ids.groups[0].numbers);
}

TEST_CASE("in whatever order neighbours have come, they take as little") {
  ItemIds ids = linear(0, 100'000);
  ItemIds::Group& group = ids.groups[0];
  std::mt19937_64 random(3);
  for (std::size_t i = 100'000 - 1; i > 0; --i) {
    std::swap(group.numbers[2 * i], group.numbers[2 * (random() % (i + 1))]);
  }
  CHECK(ids.encode() == linear(0, 100'000).encode());
}

TEST_CASE("many outputs of an item are counted in their own step") {
  ItemIds ids;
  ItemIds::Group& group = ids.groups.emplace_back();
  group.names = {"files", "lines"};
  for (std::uint64_t file = 3; file < 10; ++file) {
    for (std::uint64_t line = 0; line < 1'000; ++line) {
      group.numbers.insert(group.numbers.end(), {file, line});
    }
  }
  CHECK(ids.encode().size() < 60);
  CHECK(again(ids).groups[0].numbers == group.numbers);
}

TEST_CASE(
    "several groups of several steps come back, those of failed calls and unsorted ones too") {
  ItemIds ids;
  ids.groups.push_back({{"a"}, {9, 8, 7, 3, 3, UINT64_MAX - 1}});
  ids.groups.push_back({{"a", "b", "c"}, {1, 2, 3, 1, 2, 4, 1, 3, 4, 2, 3, 4, 0, 0, 0}});
  ids.groups.push_back({{"a", "b"}, {5, ItemIds::kFailed, 4, ItemIds::kFailed, 5, 0, 5, 1}});
  ids.groups.push_back({{"totals.0.3", "µ", ""}, {UINT64_MAX, 0, 1u << 31}});
  const ItemIds decoded = again(ids);
  CHECK(texts(decoded).size() == 16);
  CHECK(decoded.encode() == ids.encode());
}

TEST_CASE("the largest numbers are neighbours as well") {
  ItemIds ids;
  ids.groups.push_back({{"a"}, {UINT64_MAX - 2, UINT64_MAX - 1, ItemIds::kFailed}});
  ids.groups.push_back({{"a"}, {ItemIds::kFailed, 0, 1}});
  again(ids);
}

TEST_CASE("ids at random come back") {
  std::mt19937_64 random(5);
  for (int round = 0; round < 200; ++round) {
    ItemIds ids;
    for (std::uint64_t groups = random() % 4; groups > 0; --groups) {
      ItemIds::Group& group = ids.groups.emplace_back();
      const std::uint64_t steps = 1 + random() % 4;
      for (std::uint64_t i = 0; i < steps; ++i) group.names.push_back(std::string(i, 'x'));
      for (std::uint64_t left = (1 + random() % 30) * steps; left > 0; --left) {
        const std::uint64_t kind = random() % 20;
        group.numbers.push_back(kind == 0 ? ItemIds::kFailed : kind == 1 ? random() : kind % 3);
      }
    }
    again(ids);
  }
}

TEST_CASE("bytes that are no ids are refused") {
  CHECK_FALSE(refused(group_of("")));
  CHECK_FALSE(refused(group_of(varints({1, 0, 7}))));
  CHECK(refused(varints({0})));           // no steps
  CHECK(refused(varints({UINT64_MAX})));  // more than there are bytes
  CHECK(refused(varints({1, 5}) + "a"));  // a name that ends too early
  CHECK(refused(varints({1, 1}) + "a"));  // no stretches
  CHECK(refused(varints({1, 1}) + "a" + varints({9, 1})));
  CHECK(refused(group_of(varints({1}))));
  CHECK(refused(group_of(varints({1, 0}))));
  CHECK(refused(group_of(varints({1, 1, 7}))));           // a step that is not there
  CHECK(refused(group_of(varints({0, 0, 7}))));           // no ids
  CHECK(refused(group_of(varints({2, 0, UINT64_MAX}))));  // numbers that are none
  CHECK(refused(group_of("\x80")));
}

TEST_CASE("a length that would take all memory is refused") {
  constexpr std::uint64_t kMillion = 1'000'000;
  CHECK(refused(group_of(varints({UINT64_MAX, 0, 0}))));
  CHECK(refused(group_of(varints({17 * kMillion, 0, 0}))));
  // Of many steps each id takes as much more.
  CHECK(refused(group_of(varints({16 * kMillion, 0}) + std::string(1'000, '\0'), 1'000)));
  // A little at a time is not more.
  std::string stretches;
  for (int i = 0; i < 170; ++i) stretches += varints({kMillion / 10, 0, 0});
  CHECK(refused(group_of(stretches)));
  std::string groups;
  for (int i = 0; i < 20; ++i) groups += group_of(varints({kMillion, 0, 0}));
  CHECK(refused(groups));
}

TEST_CASE("bytes cut off or changed give some ids, or are refused") {
  ItemIds ids = linear(100, 50);
  ids.groups.push_back({{"a", "b", "c"}, {1, 2, 3, 1, 2, 4, 1, 3, 4, 2, ItemIds::kFailed, 4}});
  const std::string whole = ids.encode();
  const std::size_t second = linear(100, 50).encode().size();
  for (std::size_t length = 1; length < whole.size(); ++length) {
    CAPTURE(length);
    CHECK(refused(whole.substr(0, length)) == (length != second));
  }
  std::mt19937_64 random(9);
  for (int i = 0; i < 3'000; ++i) {
    std::string bytes = whole;
    for (std::uint64_t changes = 1 + random() % 3; changes > 0; --changes) {
      bytes[random() % bytes.size()] = static_cast<char>(random() % (i % 2 == 0 ? 8 : 256));
    }
    const auto decoded = ItemIds::decode(bytes);
    if (decoded && texts(ItemIds::decode(decoded->encode()).value()) != texts(*decoded)) {
      CAPTURE(i);
      FAIL("they change");
    }
  }
}

}  // namespace
}  // namespace penstock
