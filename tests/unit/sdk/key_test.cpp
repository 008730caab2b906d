#include <penstock/key.hpp>
#include <penstock/wire.hpp>

#include <map>
#include <set>

#include "catch.hpp"

using namespace penstock;

namespace {

struct Row {
  std::int8_t small;
  bool flag;
  double real;
  char name[8];
  std::int32_t list[2];
};
PENSTOCK_FIELDS(Row, small, flag, real, name, list)

Type type_of_text(std::string_view text) {
  return *parse_type(text);
}

// Of the field `key` in a CBOR map with this one entry.
template <class T>
std::optional<std::uint64_t> of_field(const T& value) {
  std::string bytes;
  CborWriter writer(bytes);
  writer.map(2);
  writer.text("other");
  writer.list(1);
  writer.natural(7);
  writer.text("key");
  sdk::Codec<T>::write(writer, value);
  return key_hash(type_of_text("any"), as_bytes(bytes), "key");
}

std::optional<std::uint64_t> of_bytes(std::string_view cbor) {
  return key_hash(type_of_text("any"), as_bytes(cbor), "key");
}

const Row row{-3, true, 2.0, "ab", {1, 2}};

std::optional<std::uint64_t> of_row(std::string_view field) {
  return key_hash(sdk::packed_type<Row>(), std::as_bytes(std::span(&row, 1)), field);
}

}  // namespace

TEST_CASE("equal values of a field have equal numbers, however they are stored") {
  CHECK(of_field<std::int64_t>(2) == of_field<double>(2.0));
  CHECK(of_field<std::int64_t>(-3) == of_field<double>(-3.0));
  CHECK(of_field<std::int64_t>(0) == of_field<double>(-0.0));
  CHECK(of_field<std::uint64_t>(UINT64_MAX - 2047) == of_field<double>(18446744073709549568.0));
  CHECK(of_field<double>(NAN) == of_field<double>(-NAN));
  CHECK(of_field<std::string>("ab") == of_field(std::vector{std::byte{'a'}, std::byte{'b'}}));
  CHECK(of_field(std::vector<int>{1, 2}) == of_field(std::vector<double>{1.0, 2.0}));
  CHECK(of_row("small") == of_field<std::int64_t>(-3));
  CHECK(of_row("flag") == of_field<bool>(true));
  CHECK(of_row("real") == of_field<std::int64_t>(2));
  CHECK(of_row("name") == of_field<std::string>("ab"));
  CHECK(of_row("list") == of_field(std::vector<int>{1, 2}));
  // Half, single and double precision; a length that is longer than it need be; a tag.
  CHECK(of_bytes(std::string_view("\xa1\x63key\xf9\x3e\x00", 8)) == of_field<double>(1.5));
  CHECK(of_bytes(std::string_view("\xa1\x63key\xfa\x3f\xc0\x00\x00", 10)) == of_field<double>(1.5));
  CHECK(of_bytes("\xa1\x63key\x78\x02"
                 "ab") == of_field<std::string>("ab"));
  CHECK(of_bytes("\xa1\xc1\x63key\xc1\x02") == of_field<std::int64_t>(2));
}

TEST_CASE("the key that is given to emit counts by its content") {
  CHECK(key_hash(as_bytes("ab")) == of_field<std::string>("ab"));
  CHECK(key_hash(as_bytes("ab")) != key_hash(as_bytes(std::string_view("ab\0", 3))));
  CHECK(key_hash({}) == of_field<std::string>(""));
}

TEST_CASE("different values have different numbers") {
  using Texts = std::map<std::string, int>;
  const std::vector<std::optional<std::uint64_t>> hashes{
      of_field<std::int64_t>(0),
      of_field<std::int64_t>(1),
      of_field<std::int64_t>(-1),
      of_field<double>(0.5),
      of_field<double>(-0.5),
      of_field<double>(NAN),
      of_field<double>(INFINITY),
      of_field<double>(-INFINITY),
      of_field<double>(18446744073709551616.0),
      of_field<double>(-18446744073709551616.0),
      of_field<std::uint64_t>(UINT64_MAX),
      of_field<bool>(false),
      of_field<bool>(true),
      of_field<std::optional<int>>(std::nullopt),
      of_field<std::string>(""),
      of_field<std::string>("1"),
      of_field<std::string>("sixteen bytes..."),
      of_field<std::string>("sixteen bytes...."),
      of_field(std::vector<int>{}),
      of_field(std::vector<int>{1}),
      of_field(std::vector<int>{1, 2}),
      of_field(std::vector<int>{2, 1}),
      of_field(std::vector<std::vector<int>>{{1}, {2}}),
      of_field(std::vector<std::vector<int>>{{1, 2}}),
      of_field(Texts{}),
      of_field(Texts{{"a", 1}}),
      of_field(Texts{{"b", 1}}),
  };
  for (const auto& hash : hashes) REQUIRE(hash);
  CHECK(std::set(hashes.begin(), hashes.end()).size() == hashes.size());
}

TEST_CASE("what has no such field is one group") {
  const auto none = of_field<std::optional<int>>(std::nullopt);
  REQUIRE(none);
  CHECK(key_hash(type_of_text("any"), as_bytes("\xa0"), "key") == none);
  CHECK(key_hash(type_of_text("any"), as_bytes("\x05"), "key") == none);
  CHECK(key_hash(type_of_text("record{a:int}"), as_bytes("\xa1\x61\x61\x05"), "key") == none);
  CHECK(key_hash(type_of_text("text"), as_bytes("key"), "key") == none);
  CHECK(key_hash(type_of_text("int"), as_bytes("12345678"), "key") == none);
  CHECK(of_row("nothing") == none);
}

TEST_CASE("damaged bytes have no number, and are not read beyond their end") {
  CHECK_FALSE(of_bytes(""));
  CHECK_FALSE(of_bytes("\xa1"));
  CHECK_FALSE(of_bytes("\xa1\x05\x05"));
  CHECK_FALSE(of_bytes("\xa1\x63key"));
  CHECK_FALSE(of_bytes("\xa1\x63key\x63xy"));
  CHECK_FALSE(of_bytes("\xa1\x63key\x82\x01"));
  CHECK_FALSE(of_bytes("\xbb\xff\xff\xff\xff\xff\xff\xff\xff\x63key\x01"));
  CHECK_FALSE(of_bytes("\xa1\x63key\x9b\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
  CHECK_FALSE(key_hash(sdk::packed_type<Row>(), as_bytes("short"), "small"));
  Row broken = row;
  std::memset(&broken.flag, 2, 1);
  const Bytes bytes = std::as_bytes(std::span(&broken, 1));
  CHECK_FALSE(key_hash(sdk::packed_type<Row>(), bytes, "flag"));
  CHECK(key_hash(sdk::packed_type<Row>(), bytes, "small") == of_row("small"));

  // Each prefix stands in memory of its own, whose end a sanitizer sees.
  std::string whole;
  CborWriter writer(whole);
  sdk::Codec<std::map<std::string, std::vector<std::string>>>::write(
      writer, {{"a", {"one", "two"}}, {"key", {"three", "four"}}});
  REQUIRE(of_bytes(whole));
  for (std::size_t size = 0; size != whole.size(); ++size) {
    const std::vector<char> part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK_FALSE(of_bytes({part.data(), part.size()}));
  }
}

TEST_CASE("keys are spread evenly over any number of instances") {
  constexpr int keys = 100'000;
  for (const unsigned instances : {2u, 3u, 7u, 8u, 64u}) {
    std::vector<int> numbers(instances);
    std::vector<int> texts(instances);
    for (int key = 0; key != keys; ++key) {
      ++numbers[*of_field<std::int64_t>(key) % instances];
      ++texts[key_hash(as_bytes("user-" + std::to_string(key))) % instances];
    }
    // Six standard deviations of what chance would give.
    const double share = double(keys) / instances;
    const double spread = 6 * std::sqrt(share * (1 - 1.0 / instances));
    for (unsigned i = 0; i != instances; ++i) {
      CAPTURE(instances, i);
      CHECK(std::abs(numbers[i] - share) < spread);
      CHECK(std::abs(texts[i] - share) < spread);
    }
  }
}

TEST_CASE("every bit of a number answers to every bit of its key") {
  constexpr int tries = 4000;
  std::vector<int> flips(64 * 64);
  for (int i = 0; i != tries; ++i) {
    const std::uint64_t key = sdk::fold(static_cast<std::uint64_t>(i) + 1, 0x9fb21c651e98df25);
    const auto hash = [](std::uint64_t number) {
      return key_hash(std::as_bytes(std::span(&number, 1)));
    };
    for (int in = 0; in != 64; ++in) {
      const std::uint64_t changed = hash(key) ^ hash(key ^ std::uint64_t{1} << in);
      for (int out = 0; out != 64; ++out) flips[in * 64 + out] += changed >> out & 1;
    }
  }
  for (const int flipped : flips) CHECK(std::abs(flipped - tries / 2) < tries / 10);
}

TEST_CASE("the numbers stay what they are in every version") {
  CHECK(key_hash(as_bytes("penstock")) == 0xdd65ef46b7f251c);
  CHECK(of_field<std::int64_t>(42) == 0x8ebf7eb7ea52000);
  CHECK(of_field(std::vector<std::string>{"a", "b"}) == 0x5d7c05d7522473ef);
}
