#include <penstock/convert.hpp>
#include <penstock/json.hpp>

#include "catch.hpp"

using namespace penstock;

namespace {

struct Outcome {
  std::string json;   // of the converted value
  std::string error;  // or why it could not be
};

Outcome convert(std::string_view to, std::string_view from, std::string_view value) {
  const Type target = parse_type(to).value();
  const Type source = parse_type(from).value();
  CHECK(accepts(target, source));
  std::string out = "what was there before";
  Outcome outcome;
  if (penstock::convert(target, source, as_bytes(value), out, outcome.error)) {
    CHECK(reinterpret_cast<std::uintptr_t>(out.data()) % 16 == 0);
    CHECK(write_json(outcome.json, Datum(target, as_bytes(out))));
  }
  return outcome;
}

template <class T>
std::string_view raw(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

}  // namespace

TEST_CASE("numbers and texts widen") {
  CHECK(convert("float", "int", raw(std::int64_t{3})).json == "3.0");
  CHECK(convert("bytes", "text", "abc").json == "\"YWJj\"");
  CHECK(convert("optional<float>", "int", raw(std::int64_t{3})).json == "3.0");
  CHECK(convert("optional<int>", "null", "").json == "null");
}

TEST_CASE("anything becomes any") {
  CHECK(convert("any", "text", "hi").json == "\"hi\"");
  CHECK(convert("any", "int", raw(std::int64_t{-1})).json == "-1");
  CHECK(convert("any", "bool", raw(true)).json == "true");
  CHECK(convert("any", "packed(16){x:u64@0,y:f32[2]@8}",
                raw(std::pair(UINT64_MAX, std::array{1.5f, 2.0f})))
            .json == "{\"x\":18446744073709551615,\"y\":[1.5,2.0]}");
}

TEST_CASE("packed structs and records become each other") {
  struct {
    std::int32_t id = -4;
    char name[4] = {'a', 'b', 'c', 'd'};
  } row;
  const std::string_view packed = "packed(8){id:i32@0,name:char[4]@4}";
  CHECK(convert("record{name:text,id:float}", packed, raw(row)).json ==
        "{\"name\":\"abcd\",\"id\":-4.0}");

  std::string record;
  CborWriter writer(record);
  writer.map(3);
  writer.text("more");
  writer.list(0);
  writer.text("name");
  writer.text("xy");
  writer.text("id");
  writer.integer(7);
  const std::string_view given = "record{more:list<int>,name:text,id:int}";
  CHECK(convert(packed, given, record).json == "{\"id\":7,\"name\":\"xy\"}");
  CHECK(convert("packed(1){id:u8@0}", given, record).json == "{\"id\":7}");
}

TEST_CASE("what does not fit says so") {
  const auto narrow = [](std::int64_t value) {
    return convert("packed(1){x:i8@0}", "packed(8){x:i64@0}", raw(value));
  };
  CHECK(narrow(-128).json == "{\"x\":-128}");
  CHECK(narrow(128).error == "the value of field 'x' does not fit");
  CHECK(convert("packed(8){x:u64@0}", "packed(8){x:i64@0}", raw(std::int64_t{-1})).error ==
        "the value of field 'x' does not fit");
  CHECK(convert("packed(2){s:char[2]@0}", "packed(4){s:char[4]@0}", std::string_view("abc\0", 4))
            .error == "the value of field 's' does not fit");
  CHECK(convert("packed(2){v:u8[2]@0}", "packed(3){v:u8[3]@0}", "abc").error ==
        "field 'v' has another number of elements");
}

TEST_CASE("damage is a reason, not a value") {
  CHECK(convert("float", "int", "abc").error ==
        "a value is damaged: its size is not that of its type");
  CHECK(convert("any", "packed(8){x:i64@0}", "abc").error ==
        "a value is damaged: its size is not that of its type");
  CHECK(convert("record{a:int}", "record{a:int}", "\xa1\x61").error ==
        "a value is damaged: a list or map has more elements than bytes");
}
