#include <penstock/type.hpp>

#include "catch.hpp"

using namespace penstock;

namespace {

std::string refusal(std::string_view text) {
  std::string error;
  CHECK_FALSE(parse_type(text, &error));
  return error;
}

}  // namespace

TEST_CASE("every form of type is printed as it was read") {
  for (const char* text :
       {"any", "null", "bool", "int", "float", "text", "bytes", "list<int>", "map<list<text>>",
        "tuple<int>", "tuple<int,text,map<float>>", "optional<bool>", "record{a:int}",
        "record{path:text,size:int,more:optional<record{x:any}>}", "packed(8){x:i64@0}",
        "packed(64){a:bool@0,b:u8@1,c:i16@2,d:f32@4,e:char[16]@8,f:f64[3]@24,g:bool[4]@48}"}) {
    CAPTURE(text);
    std::string error;
    const std::optional<Type> type = parse_type(text, &error);
    CHECK(error == "");
    REQUIRE(type);
    CHECK(to_string(*type) == text);
    CHECK(parse_type(to_string(*type)) == type);
  }
}

TEST_CASE("what is not a type is refused with the place") {
  CHECK(refusal("") ==
        "'' is not a type: a type such as int, text or list<int> is expected at "
        "character 1");
  CHECK(refusal("list<int") == "'list<int' is not a type: '>' is expected at character 9");
  CHECK(refusal("intt").find("character 1") != std::string::npos);
  CHECK(refusal("int ").find("the end is expected at character 4") != std::string::npos);
  CHECK(refusal("record{}").find("a name is expected") != std::string::npos);
  CHECK(refusal("record{a:int,a:int}").find("a second 'a'") != std::string::npos);
  CHECK(refusal("packed(8){x:i64@4}").find("ends within the struct") != std::string::npos);
  CHECK(refusal("packed(8){x:i64@0,x:i8@0}").find("a second 'x'") != std::string::npos);
  CHECK(refusal("packed(8){x:i65@0}").find("character 13") != std::string::npos);
  CHECK(refusal("packed(8){x:text@0}").find("a scalar") != std::string::npos);
  CHECK(refusal("list<packed(8){x:i64@0}>").find("a type such as") != std::string::npos);
  CHECK(refusal("packed(99999999999999999999){x:i64@0}").find("a number") != std::string::npos);
  CHECK(refusal("packed(8){x:u8[1073741824]@8}").find("ends within") != std::string::npos);
}

TEST_CASE("a type of any depth is read without harm") {
  std::string deep;
  for (int i = 0; i != 100'000; ++i) deep += "list<";
  CHECK(refusal(deep).find("less depth") != std::string::npos);
}

TEST_CASE("a field of a packed struct is what its reader takes it for") {
  const Type type = *parse_type("packed(32){a:u16@0,b:f32@4,c:char[4]@8,d:i8[3]@12,e:bool@16}");
  CHECK(to_string(type_of(type.fields[0])) == "int");
  CHECK(to_string(type_of(type.fields[1])) == "float");
  CHECK(to_string(type_of(type.fields[2])) == "text");
  CHECK(to_string(type_of(type.fields[3])) == "list<int>");
  CHECK(to_string(type_of(type.fields[4])) == "bool");
  CHECK(size_of(type.fields[3]) == 3);
}
