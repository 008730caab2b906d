#include "state/number_set.hpp"

#include <algorithm>
#include <random>
#include <set>

#include "catch.hpp"
#include "state/varint.hpp"

namespace penstock {
namespace {

NumberSet set_of(std::initializer_list<std::uint64_t> numbers) {
  NumberSet set;
  for (const std::uint64_t number : numbers) set.add(number);
  return set;
}

bool refused(std::string_view bytes) {
  const auto set = NumberSet::decode(bytes);
  return set.has_error() && set.error().status() == Status::refused &&
         std::string(set.error().what()) == "a set of numbers that cannot be read";
}

std::string varints(std::initializer_list<std::uint64_t> numbers) {
  std::string bytes;
  for (const std::uint64_t number : numbers) put_varint(bytes, number);
  return bytes;
}

std::uint64_t floor_of(const std::set<std::uint64_t>& numbers) {
  std::uint64_t floor = 0;
  while (numbers.contains(floor)) ++floor;
  return floor;
}

TEST_CASE("a set begins empty") {
  const NumberSet set;
  CHECK(set.floor() == 0);
  CHECK(set.size() == 0);
  CHECK_FALSE(set.contains(0));
  CHECK_FALSE(set.covers(0, UINT64_MAX));
}

TEST_CASE("the floor rises over what was there already") {
  NumberSet set = set_of({1, 2, 4, 6});
  CHECK(set.floor() == 0);
  set.add(0);
  CHECK(set.floor() == 3);
  set.add(5);
  CHECK(set.floor() == 3);
  set.add(3);
  CHECK(set.floor() == 7);
  CHECK(set.size() == 7);
}

TEST_CASE("what is there already is not counted again") {
  NumberSet set = set_of({0, 1, 5, 6, 7, 9});
  const std::string before = set.encode();
  for (const std::uint64_t number : {0, 1, 5, 6, 7, 9}) set.add(number);
  CHECK(set.size() == 6);
  CHECK(set.encode() == before);
}

TEST_CASE("a stretch is covered if no number of it is missing") {
  const NumberSet set = set_of({0, 1, 2, 5, 6, 8});
  CHECK(set.covers(0, 2));
  CHECK(set.covers(1, 1));
  CHECK_FALSE(set.covers(0, 3));
  CHECK_FALSE(set.covers(2, 5));
  CHECK(set.covers(5, 6));
  CHECK_FALSE(set.covers(4, 6));
  CHECK_FALSE(set.covers(5, 8));
  CHECK(set.covers(8, 8));
  CHECK_FALSE(set.covers(8, 9));
  CHECK_FALSE(set.contains(7));
  CHECK_FALSE(set.contains(UINT64_MAX));
}

TEST_CASE("numbers without gaps take a few bytes, however they came") {
  NumberSet set;
  for (std::uint64_t number = 100'000; number-- > 0;) set.add(number);
  CHECK(set.size() == 100'000);
  CHECK(set.encode().size() == 3);
  for (std::uint64_t number = 200'000; number < 300'000; ++number) set.add(number);
  CHECK(set.encode().size() == 9);
}

TEST_CASE("added at random it is what std::set is, at each step and from its bytes") {
  std::mt19937_64 random(7);
  for (const std::uint64_t highest : {10u, 100u, 700u}) {
    NumberSet set;
    std::set<std::uint64_t> expected;
    bool same = true;
    for (int step = 0; same && step < 600; ++step) {
      const std::uint64_t number = random() % highest;
      set.add(number);
      expected.insert(number);
      same = set.size() == expected.size() && set.floor() == floor_of(expected);
      const std::uint64_t first = random() % highest;
      const std::uint64_t last = first + random() % 5;
      const auto from = expected.lower_bound(first);
      const auto to = expected.upper_bound(last);
      const auto there = static_cast<std::uint64_t>(std::distance(from, to));
      same = same && set.covers(first, last) == (there == last - first + 1);
    }
    REQUIRE(same);

    NumberSet again = NumberSet::decode(set.encode()).value();
    CHECK(again.encode() == set.encode());
    CHECK(again.floor() == set.floor());
    CHECK(again.size() == set.size());
    for (std::uint64_t number = 0; number < highest + 10; ++number) {
      same = same && again.contains(number) == expected.contains(number);
    }
    for (std::uint64_t number = 0; number < highest; ++number) again.add(number);
    CHECK(same);
    CHECK(again.size() == highest);
    CHECK(again.encode() == varints({highest}));
  }
}

TEST_CASE("the largest numbers come back as well") {
  const NumberSet set = set_of({0, UINT64_MAX - 1, UINT64_MAX - 3});
  const NumberSet again = NumberSet::decode(set.encode()).value();
  CHECK(again.encode() == set.encode());
  CHECK(again.contains(UINT64_MAX - 1));
  CHECK(again.contains(UINT64_MAX - 3));
  CHECK_FALSE(again.contains(UINT64_MAX - 2));
  CHECK_FALSE(again.contains(UINT64_MAX));
  CHECK(again.size() == 3);
}

TEST_CASE("bytes that are no set are refused") {
  CHECK(refused(""));
  CHECK(refused("\x80"));
  CHECK(refused(std::string(9, '\xff') + '\x02'));   // more than 64 bits
  CHECK(refused(std::string(10, '\x80') + '\x01'));  // likewise
  CHECK(refused(varints({3, 1})));                   // a gap without a length
  CHECK(refused(varints({3, 0, 1})));
  CHECK(refused(varints({3, 1, 0})));
  CHECK(refused(varints({3, UINT64_MAX - 2, 1})));
  CHECK(refused(varints({3, 1, UINT64_MAX - 3})));
  CHECK(refused(varints({3, 1, 1}) + "\x80"));
  CHECK_FALSE(refused(varints({3, 1, UINT64_MAX - 4})));
  CHECK_FALSE(refused(varints({UINT64_MAX})));
}

TEST_CASE("of any bytes a set is made that is itself, or none") {
  std::mt19937_64 random(11);
  int good = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes(random() % 24, '\0');
    for (char& byte : bytes) {
      // Half of them small, so that some can be read.
      byte = static_cast<char>(random() % 2 == 0 ? random() % 4 : random() % 256);
    }
    const auto set = NumberSet::decode(bytes);
    if (!set) continue;
    ++good;
    const std::string encoded = set->encode();
    if (encoded.size() > bytes.size() || NumberSet::decode(encoded).value().encode() != encoded) {
      CAPTURE(i);
      FAIL("it changes");
    }
  }
  CHECK(good > 100);
}

}  // namespace
}  // namespace penstock
