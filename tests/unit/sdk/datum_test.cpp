#include <penstock/datum.hpp>
#include <penstock/json.hpp>
#include <random>

#include "catch.hpp"

using namespace penstock;
using Catch::Matchers::Contains;

namespace {

struct Native {
  Type type;
  std::string bytes;
  Datum datum() const { return Datum(type, as_bytes(bytes)); }
};

template <class T>
Native native(std::string_view type, const T& value) {
  return {parse_type(type).value(),
          std::string(reinterpret_cast<const char*>(&value), sizeof value)};
}

struct Row {
  std::uint64_t id;
  char name[4];
  float weights[2];
  bool flags[2];
  std::int16_t small;
};
constexpr std::string_view row_type =
    "packed(24){id:u64@0,name:char[4]@8,weights:f32[2]@12,flags:bool[2]@20,small:i16@22}";

std::string sample() {
  std::string out;
  CborWriter writer(out);
  writer.map(3);
  writer.text("n");
  writer.integer(-7);
  writer.text("list");
  writer.list(3);
  writer.text("a");
  writer.list(1);
  writer.boolean(true);
  writer.null();
  writer.text("x");
  writer.real(0.5);
  return out;
}

}  // namespace

TEST_CASE("a datum reads native values") {
  CHECK(native("int", std::int64_t{-5}).datum().integer() == -5);
  CHECK(native("float", 1.5).datum().real() == 1.5);
  CHECK(native("bool", true).datum().boolean());
  CHECK(Native{parse_type("text").value(), "hi"}.datum().text() == "hi");
  CHECK(Native{parse_type("bytes").value(), "hi"}.datum().bytes().size() == 2);
  CHECK(Native{parse_type("null").value(), ""}.datum().is_null());
}

TEST_CASE("a datum reads a packed struct as a map") {
  const Native row =
      native(row_type, Row{UINT64_MAX, {'a', 'b', 0, 'z'}, {1, 2}, {true, false}, -3});
  const Datum datum = row.datum();
  CHECK(datum.kind() == DatumKind::map);
  CHECK(datum.size() == 5);
  CHECK(datum["id"].number().to_unsigned() == UINT64_MAX);
  CHECK_THROWS_WITH(datum["id"].integer(), Contains("64 bits"));
  CHECK(datum["name"].text() == "ab");
  CHECK(datum["weights"][1].real() == 2);
  CHECK(datum["flags"][0].boolean());
  CHECK(datum["small"].integer() == -3);
  CHECK(datum["none"].is_null());
  std::string keys;
  for (const auto& [key, value] : datum.entries()) keys += std::string(key) + " ";
  CHECK(keys == "id name weights flags small ");
}

TEST_CASE("a datum walks CBOR") {
  const std::string encoded = sample();
  const Datum datum = Datum::cbor(as_bytes(encoded));
  CHECK(datum["n"].integer() == -7);
  CHECK(datum["n"].real() == -7);
  CHECK(datum["list"].size() == 3);
  CHECK(datum["list"][0].text() == "a");
  CHECK(datum["list"][1][0].boolean());
  CHECK(datum["list"][2].is_null());
  CHECK(datum["x"].real() == 0.5);
  CHECK_THROWS_AS(datum["list"][3], std::out_of_range);
  CHECK(datum.encoded()->size() == encoded.size());
  CHECK(as_text(*datum["list"].encoded()) == encoded.substr(9, 6));
  for (const Datum::Entry& entry : datum.entries()) CHECK_FALSE(entry.value.encoded()->empty());
}

TEST_CASE("asking for what is not there says both kinds") {
  CHECK_THROWS_WITH(Datum().text(), "a null is given where a text is wanted");
  CHECK_THROWS_WITH(Datum().elements(), "a null is given where a list is wanted");
  const Native text{parse_type("text").value(), "x"};
  CHECK_THROWS_WITH(text.datum().integer(), "a text is given where a int is wanted");
}

TEST_CASE("damage shows where it is met") {
  const Native short_int{parse_type("int").value(), "abc"};
  CHECK(short_int.datum().kind() == DatumKind::malformed);
  CHECK(short_int.datum().error() == "its size is not that of its type");
  CHECK(native("bool", char{2}).datum().kind() == DatumKind::malformed);
  CHECK(Native{parse_type(row_type).value(), "abc"}.datum().kind() == DatumKind::malformed);
  CHECK(Datum::cbor({}).kind() == DatumKind::malformed);
  CHECK(Datum::cbor(as_bytes("\x01\x02")).error() == "something follows where it should end");
  CHECK_THROWS_WITH(Datum::cbor({}).integer(), "a value is damaged: it ends too early");

  const std::string cut = sample().substr(0, 10);
  std::size_t seen = 0;
  DatumKind last = DatumKind::null;
  for (const auto& [key, value] : Datum::cbor(as_bytes(cut)).entries()) {
    ++seen;
    last = value.kind();
  }
  CHECK(seen == 2);
  CHECK(last == DatumKind::malformed);
  CHECK(Datum::cbor(as_bytes("\xa1\x01\x02"))["x"].error() == "a key of a map is not text");
}

TEST_CASE("each cut and each flipped bit of a value is survived") {
  const std::string whole = sample();
  std::mt19937 random(3);
  for (int round = 0; round != 5000; ++round) {
    std::vector<char> bytes(whole.begin(), whole.begin() + random() % (whole.size() + 1));
    if (!bytes.empty()) bytes[random() % bytes.size()] ^= static_cast<char>(1 << random() % 8);
    std::string json;
    write_json(json, Datum::cbor(as_bytes({bytes.data(), bytes.size()})));
  }
  SUCCEED();
}
