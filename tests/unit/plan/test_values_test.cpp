#include "plan/test_values.hpp"

#include "catch.hpp"
#include "spec/load.hpp"

using namespace penstock;

namespace {

Node node(const std::string& yaml) {
  const Loaded loaded = load_spec_text(
      "a.yaml",
      "pipeline: a\nstages: {a: {task: p.t}}\ntests: {t: {stage: a, input: [" + yaml + "]}}\n");
  REQUIRE(to_text(loaded.findings).empty());
  return loaded.spec.tests.at(0).input->items.at(0);
}

Type type(const std::string& text) {
  const auto parsed = parse_type(text);
  REQUIRE(parsed);
  return *parsed;
}

// The value as JSON, or what is wrong with it.
std::string json(const std::string& yaml, const std::string& wanted) {
  const auto made = json_of(node(yaml), type(wanted));
  return made ? *made : "it " + std::string(made.error().what());
}

std::string line(const std::string& yaml, const std::string& wanted) {
  const auto made = line_of(node(yaml), type(wanted));
  return made ? *made : "it " + std::string(made.error().what());
}

}  // namespace

TEST_CASE("a value is read as its type") {
  CHECK(json("7", "text") == R"("7")");
  CHECK(json("a \"b\"", "text") == R"("a \"b\"")");
  CHECK(json("\"\"", "text") == R"("")");
  CHECK(json("ab", "bytes") == R"("YWI=")");
  CHECK(json("-7", "int") == "-7");
  CHECK(json("18446744073709551615", "int") == "18446744073709551615");
  CHECK(json("\"7\"", "int") == "7");
  CHECK(json("2", "float") == "2E0");
  CHECK(json("-1.5e3", "float") == "-1.5E3");
  CHECK(json("on", "bool") == "true");
  CHECK(json("false", "bool") == "false");
  CHECK(json("~", "null") == "null");
  CHECK(json("~", "optional<int>") == "null");
  CHECK(json("3", "optional<int>") == "3");
}

TEST_CASE("a value of several parts is read part by part") {
  CHECK(json("[1, 2]", "list<int>") == "[1,2]");
  CHECK(json("[]", "list<int>") == "[]");
  CHECK(json("[1, 2, a]", "tuple<int,text,text>") == R"([1,"2","a"])");
  CHECK(json("{b: 1, a: 2}", "map<int>") == R"({"b":1,"a":2})");
  CHECK(json("{count: 3, word: 7}", "record{word:text,count:int}") == R"({"word":"7","count":3})");
  CHECK(json("{a: 1}", "record{a:int,b:optional<text>}") == R"({"a":1,"b":null})");
  CHECK(json("{in: {x: [1]}}", "record{in:record{x:list<int>}}") == R"({"in":{"x":[1]}})");
}

TEST_CASE("a packed struct keeps what its fields can hold") {
  const std::string point = "packed(24){x:f32@0,n:i64@8,on:bool@16}";
  CHECK(json("{x: 0.5, n: 2, on: yes}", point) == R"({"x":5E-1,"n":2,"on":true})");
  // As a float of four bytes gives it back.
  CHECK(json("{x: 0.1, n: 2, on: no}", point) == R"({"x":1.0000000149011612E-1,"n":2,"on":false})");
  CHECK(json("{x: 1, n: 2}", point) == "it lacks `on`");
  CHECK(json("{a: ab, b: [1, 2]}", "packed(16){a:char[8]@0,b:u8[2]@8}") ==
        R"({"a":"ab","b":[1,2]})");
}

TEST_CASE("where any value will do it is what YAML takes it for") {
  CHECK(json("{a: 7, b: 0.5, c: x, d: true, e: ~, f: [1]}", "any") ==
        R"({"a":7,"b":5E-1,"c":"x","d":true,"e":null,"f":[1]})");
  CHECK(json("[\"7\", '0.5', \"true\"]", "any") == R"(["7","0.5","true"])");
  CHECK(json("[7, \"7\"]", "list<any>") == R"([7,"7"])");
}

TEST_CASE("a line is what `penstock map` reads") {
  CHECK(line("a \"b\"", "text") == "a \"b\"");
  CHECK(line("ab", "bytes") == "ab");
  CHECK(line("7", "int") == "7");
  CHECK(line("\"7\"", "any") == R"("7")");
  CHECK(line("{word: be, count: 2}", "record{word:text,count:int}") ==
        R"({"word":"be","count":2})");
}

TEST_CASE("what does not fit its type is named with its place") {
  CHECK(json("[a]", "text") == "it is a list, not a text");
  CHECK(json("~", "text") == "it is empty, not a text");
  CHECK(json("{a: b}", "bytes") == "it is a map, not a text");
  CHECK(json("a", "int") == "it is `a`, not a whole number");
  CHECK(json("1.5", "int") == "it is `1.5`, not a whole number");
  CHECK(json("18446744073709551616", "int") == "it is `18446744073709551616`, not a whole number");
  CHECK(json("[]", "int") == "it is a list, not a number");
  CHECK(json("a", "float") == "it is `a`, not a number");
  CHECK(json("2", "bool") == "it is `2`, not true or false");
  CHECK(json("[]", "bool") == "it is a list, not true or false");
  CHECK(json("a", "list<int>") == "it is `a`, not a list");
  CHECK(json("[1]", "tuple<int,int>") == "it is a list, not a list of 2");
  CHECK(json("a", "map<int>") == "it is `a`, not a map");
  CHECK(json("a", "record{word:text,count:int}") == "it is `a`, not a map with `word` and `count`");
  CHECK(json("{word: a}", "record{word:text,count:int}") == "it lacks `count`");
  CHECK(json("{word: a, count: 1, wrod: b}", "record{word:text,count:int}") ==
        "it has `wrod`, which the type has not; did you mean `word`?");
  CHECK(json("{word: a, colour: b}", "record{word:text}") ==
        "it has `colour`, which the type has not; it has `word`");
  CHECK(json("[1, [2]]", "list<int>") == "it has item 2, which is a list, not a number");
  CHECK(json("{a: b}", "map<int>") == "it has `a`, which is `b`, not a whole number");
  CHECK(json("{in: {x: [1, y]}}", "record{in:record{x:list<int>}}") ==
        "it has `in`, which has `x`, which has item 2, which is `y`, not a whole number");
  CHECK(json("{a: 1}", "any") == R"({"a":1})");
}
