#include <penstock/wire.hpp>

#include "catch.hpp"

using namespace penstock;
using Catch::Matchers::Contains;

namespace {

enum class Shade : std::uint8_t { light = 1, dark = 7 };
PENSTOCK_ENUM(Shade, light, dark)

struct Point {
  double x = 0;
  double y = 0;
  bool operator==(const Point&) const = default;
};
PENSTOCK_FIELDS(Point, x, y)

struct Everything {
  std::string text;
  std::vector<std::byte> bytes;
  std::optional<int> maybe;
  std::vector<Point> points;
  std::map<std::string, std::tuple<int, bool>> named;
  std::unordered_map<std::string, std::string> unordered;
  std::array<std::int16_t, 2> pair{};
  std::pair<float, Shade> shade{0, Shade::light};
  std::vector<bool> bits;
  char tag[4] = {};
  std::uint64_t large = 0;
  bool operator==(const Everything&) const = default;
};
PENSTOCK_FIELDS(Everything, text, bytes, maybe, points, named, unordered, pair, shade, bits, tag,
                large)

struct Node {
  std::string name;
  std::vector<Node> children;
};
PENSTOCK_FIELDS(Node, name, children)

struct WithDatum {
  Datum datum;
  std::string_view view;
};
PENSTOCK_FIELDS(WithDatum, datum, view)

struct Wanted {
  double number = 1;
  std::optional<std::string> text = "kept from before";
  std::vector<std::byte> bytes;
};
PENSTOCK_FIELDS(Wanted, number, text, bytes)

template <class T>
std::string encoded(const T& value) {
  std::string scratch;
  std::string out;
  sdk::Wire<T>::encode(value, scratch, [&](Bytes bytes) { out = as_text(bytes); });
  return out;
}

template <class T>
auto decoded(const std::string& bytes) {
  return sdk::Wire<T>::decode(as_bytes(bytes));
}

}  // namespace

TEST_CASE("native values lie as the contract says") {
  CHECK(encoded(std::uint8_t{5}) == std::string("\5\0\0\0\0\0\0\0", 8));
  CHECK(encoded(1.0f).size() == 8);
  CHECK(encoded(true) == "\1");
  CHECK(encoded<std::string_view>("abc") == "abc");
  CHECK(encoded(Shade::dark).front() == 7);
  CHECK(decoded<std::int8_t>(encoded(-128)) == -128);
  CHECK(decoded<float>(encoded(2.5)) == 2.5f);
  CHECK(decoded<Shade>(encoded(7)) == Shade::dark);
}

TEST_CASE("a native value that is not one is refused") {
  CHECK_THROWS_WITH(decoded<std::int8_t>(encoded(128)), "a number does not fit into 8 bits");
  CHECK_THROWS_WITH(decoded<std::uint32_t>(encoded(-1)),
                    "a number does not fit into 32 bits without a sign");
  CHECK_THROWS_WITH(decoded<int>("abc"), "a value of 8 bytes arrived with 3");
  CHECK_THROWS_AS(decoded<bool>("\2"), Malformed);
  CHECK_THROWS_AS(decoded<Shade>(encoded(2)), Malformed);
  CHECK_THROWS_AS(encoded(UINT64_MAX), std::range_error);
}

TEST_CASE("types are named by their structure") {
  CHECK(sdk::Wire<int>::type() == "int");
  CHECK(sdk::Wire<Datum>::type() == "any");
  CHECK(sdk::Wire<Bytes>::type() == "bytes");
  CHECK(sdk::Wire<std::tuple<int, std::string_view>>::type() == "tuple<int,text>");
  CHECK(sdk::Wire<Everything>::type() ==
        "record{text:text,bytes:bytes,maybe:optional<int>,points:list<record{x:float,y:float}>,"
        "named:map<tuple<int,bool>>,unordered:map<text>,pair:list<int>,shade:tuple<float,int>,"
        "bits:list<bool>,tag:text,large:int}");
  CHECK(parse_type(sdk::Wire<Everything>::type()));
}

TEST_CASE("a record with everything in it is read back") {
  const Everything value{"text",
                         {std::byte{0}, std::byte{255}},
                         3,
                         {{1, 2}, {3, 4}},
                         {{"a", {1, true}}},
                         {{"k", "v"}},
                         {{-1, 2}},
                         {0.5f, Shade::dark},
                         {true, false},
                         {'t', 'a', 'g', 0},
                         UINT64_MAX};
  CHECK(decoded<Everything>(encoded(value)) == value);
  CHECK(decoded<Everything>(encoded(Everything{})) == Everything{});
}

TEST_CASE("a record is read leniently, as the contract allows") {
  std::string bytes;
  CborWriter writer(bytes);
  writer.map(3);
  writer.text("bytes");
  writer.text("text for bytes");
  writer.text("unknown");
  writer.list(1);
  writer.map(0);
  writer.text("number");
  writer.integer(4);
  const Wanted wanted = decoded<Wanted>(bytes);
  CHECK(wanted.number == 4);
  CHECK_FALSE(wanted.text);
  CHECK(wanted.bytes.size() == 14);
}

TEST_CASE("a damaged record names the field") {
  std::string bytes;
  CborWriter writer(bytes);
  writer.map(1);
  writer.text("x");
  writer.text("one");
  CborReader reader(as_bytes(bytes));
  Point point;
  CHECK_THROWS_WITH(sdk::Codec<Point>::read(reader, point),
                    "field 'x': a value of kind text arrived where a float is declared");
  CHECK_THROWS_WITH(decoded<Wanted>("\xa0"), "field 'number' is missing");
  CHECK_THROWS_WITH(decoded<Wanted>("\x81\x01"), Contains("kind list arrived where map"));
  CHECK_THROWS_WITH(decoded<std::vector<int>>("\x81\x01\x01"),
                    "something follows where a value should end");
}

TEST_CASE("a lying length costs no memory") {
  std::string bytes = "\x9a\x00\x0f\xff\xff";
  bytes.append(1'048'575, '\xff');
  CHECK_THROWS_AS(decoded<std::vector<Everything>>(bytes), Malformed);
}

TEST_CASE("views point into the input") {
  const std::string bytes = encoded(std::tuple<std::string_view, int>("hello", 1));
  const auto [view, number] = decoded<std::tuple<std::string_view, int>>(bytes);
  CHECK(view == "hello");
  CHECK((view.data() > bytes.data() && view.data() < bytes.data() + bytes.size()));
}

TEST_CASE("a datum inside a record, and one that is emitted, keep their bytes") {
  const std::string list = encoded(std::vector<int>{1, 2, 3});
  const std::string bytes = encoded(WithDatum{Datum::cbor(as_bytes(list)), "view"});
  const WithDatum back = decoded<WithDatum>(bytes);
  CHECK(back.datum[2].integer() == 3);
  CHECK(encoded(back.datum) == list);
  std::string scratch;
  sdk::Wire<Datum>::encode(back.datum, scratch, [&](Bytes item) {
    CHECK((item.data() >= as_bytes(bytes).data()));  // handed on as it lies in the record
  });
  const Type type = parse_type("int").value();
  const std::string number = encoded(5);
  CHECK(encoded(Datum(type, as_bytes(number))) == "\x05");
}

TEST_CASE("a struct that contains itself is refused in words") {
  CHECK_THROWS_WITH(sdk::Wire<Node>::type(), Contains("contains itself"));
}
