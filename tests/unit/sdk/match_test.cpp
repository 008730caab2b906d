#include <penstock/match.hpp>

#include "catch.hpp"

using namespace penstock;

namespace {

Type type(std::string_view text) {
  return parse_type(text).value();
}

std::string reason(std::string_view to, std::string_view from) {
  return mismatch(type(to), type(from));
}

bool accepts(std::string_view to, std::string_view from) {
  return penstock::accepts(type(to), type(from));
}

bool same(std::string_view to, std::string_view from) {
  return same_layout(type(to), type(from));
}

}  // namespace

TEST_CASE("equal types are accepted as they are") {
  for (const char* text : {"null", "bool", "int", "float", "text", "bytes", "list<int>",
                           "record{a:int}", "tuple<int,text>", "packed(8){x:i64@0}"}) {
    CAPTURE(text);
    CHECK(accepts(text, text));
    CHECK(same(text, text));
    CHECK(accepts("any", text));
  }
}

TEST_CASE("ints become floats and text becomes bytes, not the other way") {
  CHECK(accepts("float", "int"));
  CHECK_FALSE(accepts("int", "float"));
  CHECK(accepts("bytes", "text"));
  CHECK_FALSE(accepts("text", "bytes"));
  CHECK(accepts("list<float>", "list<int>"));
  CHECK(same("bytes", "text"));
  CHECK_FALSE(same("float", "int"));
}

TEST_CASE("fields match by name and type, and more fields pass") {
  CHECK(accepts("record{a:int}", "record{b:text,a:int}"));
  CHECK(reason("record{a:int}", "record{b:int}") == "field 'a' is not there");
  CHECK(reason("record{a:record{b:int}}", "record{a:record{b:text}}") ==
        "field 'a': field 'b': text is given where int is wanted");
  CHECK(accepts("record{a:int,b:optional<text>}", "record{a:int}"));
  CHECK(same("record{a:float}", "record{a:int,b:text}"));
}

TEST_CASE("packed structs and records are one by structure") {
  CHECK(accepts("record{id:int,name:text}", "packed(24){id:i32@0,name:char[16]@8}"));
  CHECK(accepts("packed(24){id:i32@0,name:char[16]@8}", "record{name:text,id:int,more:any}"));
  CHECK(accepts("packed(4){x:i32@0}", "packed(8){x:u64@0}"));
  CHECK(accepts("record{v:list<float>}", "packed(12){v:f32[3]@0}"));
  CHECK_FALSE(same("record{id:int}", "packed(8){id:i64@0}"));
  CHECK_FALSE(same("packed(4){x:i32@0}", "packed(8){x:i32@0}"));
}

TEST_CASE("an optional takes the value, null and the optional") {
  CHECK(accepts("optional<int>", "int"));
  CHECK(accepts("optional<int>", "null"));
  CHECK(accepts("optional<float>", "optional<int>"));
  CHECK_FALSE(accepts("int", "optional<int>"));
  CHECK_FALSE(accepts("optional<int>", "text"));
}

TEST_CASE("a mismatch names place, given and wanted") {
  CHECK(reason("tuple<int,text>", "tuple<int,int>") ==
        "element 2: int is given where text is wanted");
  CHECK(reason("tuple<int>", "tuple<int,int>") ==
        "tuple<int,int> is given where tuple<int> is wanted");
  CHECK(reason("map<int>", "map<text>") == "an element: text is given where int is wanted");
  CHECK(reason("record{a:int}", "text") == "text is given where record{a:int} is wanted");
}

TEST_CASE("what `any` gives is held against the type when it comes") {
  for (const char* to : {"text", "int", "record{a:int}", "packed(8){x:i64@0}", "list<float>"}) {
    CAPTURE(to);
    CHECK(accepts(to, "any"));
  }
  CHECK(accepts("record{a:int}", "record{a:any}"));
  CHECK_FALSE(same("text", "any"));
  CHECK_FALSE(same("packed(8){x:i64@0}", "any"));
  CHECK(same("record{a:int}", "any"));  // read as CBOR, field by field
}

TEST_CASE("only what travels as CBOR needs no conversion to any") {
  CHECK(same("any", "list<int>"));
  CHECK(same("any", "record{a:int}"));
  CHECK_FALSE(same("any", "text"));
  CHECK_FALSE(same("any", "int"));
  CHECK_FALSE(same("any", "packed(8){x:i64@0}"));
}
