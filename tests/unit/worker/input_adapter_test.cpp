#include "worker/input_adapter.hpp"

#include <penstock/json.hpp>

#include <cstdint>
#include <cstring>
#include <string>

#include "catch.hpp"
#include "ipc/order.hpp"

namespace penstock {
namespace {

// What a task that takes `type` gets of a line, as JSON; else why it gets nothing.
std::string of_line(const std::string& type, const std::string& line) {
  const Type parsed = parse_type(type).value();
  std::string value;
  std::string error;
  if (!value_of_line(parsed, line, value, error)) return error;
  std::string json;
  if (!write_json(json, Datum(parsed, as_bytes(value)))) return "damaged";
  return json;
}

penstock_bytes c_bytes(std::string_view text) {
  return {text.data(), text.size()};
}

std::string adapted(InputAdapter& adapter, std::string_view value) {
  std::string converted;
  const auto result = adapter.adapt(c_bytes(value), converted);
  if (!result) return result.error().what();
  return {static_cast<const char*>(result->data), result->size};
}

template <class T>
std::string stored(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

TEST_CASE("a line as a value of the task's own type") {
  const auto [type, line, json] = GENERATE(table<std::string, std::string, std::string>({
      {"text", "as it stands", R"("as it stands")"},
      {"text", "", R"("")"},
      {"bytes", "abc", R"("YWJj")"},
      {"int", "-42", "-42"},
      {"int", "9223372036854775807", "9223372036854775807"},
      {"float", "2.5e3", "2500.0"},
      {"float", "3", "3.0"},
      {"bool", "true", "true"},
      {"bool", "false", "false"},
      {"any", R"({"a":[1,null,"x"],"b":18446744073709551615})",
       R"({"a":[1,null,"x"],"b":18446744073709551615})"},
      {"list<int>", "[1, 2, 3]", "[1,2,3]"},
      {"list<float>", "[1, 2.5]", "[1.0,2.5]"},
      {"map<text>", R"({"a": "b"})", R"({"a":"b"})"},
      {"tuple<int,text>", R"([1, "a"])", R"([1,"a"])"},
      {"optional<int>", "null", "null"},
      {"record{name:text,count:int}", R"({"count": 2, "name": "a", "more": true})",
       R"({"name":"a","count":2})"},
      {"packed(16){id:i64@0,rate:f64@8}", R"({"id": 7, "rate": 0.5})", R"({"id":7,"rate":0.5})"},
  }));
  CAPTURE(type, line);
  CHECK(of_line(type, line) == json);
}

TEST_CASE("a line that is no such value is refused with the line in the text") {
  const auto [type, line, error] = GENERATE(table<std::string, std::string, std::string>({
      {"int", "4.2", "`4.2` is not an integer"},
      {"int", "", "`` is not an integer"},
      {"int", "9223372036854775808", "`9223372036854775808` is not an integer"},
      {"int", " 1", "` 1` is not an integer"},
      {"float", "1,5", "`1,5` is not a number"},
      {"bool", "yes", "`yes` is not true or false"},
      {"list<int>", "[1,", "`[1,` is not JSON: incomplete JSON"},
  }));
  CAPTURE(type, line);
  CHECK(of_line(type, line) == error);
}

TEST_CASE("of a long line only the beginning is shown") {
  const std::string error = of_line("int", std::string(1000, 'x'));
  CHECK(error == "`" + std::string(60, 'x') + "...` is not an integer");
}

TEST_CASE("JSON that does not fit a packed struct is refused; what travels as CBOR is the task's") {
  const std::string type = "packed(8){id:i64@0}";
  for (const char* line : {R"({"id": "x"})", R"({"other": 1})", "[1]", "17", "null", ""}) {
    CAPTURE(line);
    CHECK(of_line(type, line) != "damaged");
    CHECK(of_line(type, line).find("{\"id\"") != 0);
  }
  CHECK(of_line("list<int>", R"(["a"])") == R"(["a"])");
  CHECK(of_line("list<int>", std::string(10'000, '[')).find("` is not JSON: ") !=
        std::string::npos);
}

TEST_CASE("values of the same layout pass without a copy") {
  for (const auto& [from, to] :
       {std::pair("text", "text"), std::pair("text", "bytes"), std::pair("int", "int"),
        std::pair("line", "text"), std::pair("packed(8){a:i64@0}", "packed(8){a:i64@0}")}) {
    CAPTURE(from, to);
    auto adapter = InputAdapter::create(from, to).value();
    CHECK(adapter.passes());
    alignas(16) const char value[16] = "12345678";
    std::string converted;
    const auto result = adapter.adapt({value, 8}, converted);
    REQUIRE(result.has_value());
    CHECK(result->data == value);
    CHECK(result->size == 8);
  }
}

TEST_CASE("a value that begins anywhere is moved to where its type may stand") {
  auto adapter = InputAdapter::create("int", "int").value();
  alignas(16) char block[64] = {};
  const std::int64_t number = 0x0123456789abcdef;
  for (const std::size_t offset : {1u, 7u, 8u}) {
    std::memcpy(block + offset, &number, sizeof number);
    std::string converted;
    const auto result = adapter.adapt({block + offset, sizeof number}, converted);
    REQUIRE(result.has_value());
    CHECK(reinterpret_cast<std::uintptr_t>(result->data) % 16 == 0);
    CHECK(std::memcmp(result->data, &number, sizeof number) == 0);
  }
}

TEST_CASE("text stays where it is, wherever it begins") {
  auto adapter = InputAdapter::create("text", "text").value();
  const char text[] = "0123456789";
  std::string converted;
  const auto result = adapter.adapt({text + 3, 4}, converted);
  REQUIRE(result.has_value());
  CHECK(result->data == text + 3);
}

TEST_CASE("other layouts are converted") {
  auto to_real = InputAdapter::create("int", "float").value();
  CHECK_FALSE(to_real.passes());
  CHECK(adapted(to_real, stored(std::int64_t{3})) == stored(3.0));

  auto lines = InputAdapter::create(ipc::kLine, "int").value();
  CHECK_FALSE(lines.passes());
  CHECK(adapted(lines, "17") == stored(std::int64_t{17}));
  CHECK(adapted(lines, "x") == "`x` is not an integer");
  CHECK(adapted(lines, "18") == stored(std::int64_t{18}));  // a failure leaves nothing behind
}

TEST_CASE("a damaged value is refused and read no further than it reaches") {
  auto adapter = InputAdapter::create("record{a:int,b:int}", "packed(8){b:i64@0}").value();
  std::string good;
  std::string error;
  Type any;
  any.kind = TypeKind::any;
  REQUIRE(value_of_line(any, R"({"a":1,"b":1000})", good, error));
  CHECK(adapted(adapter, good) == stored(std::int64_t{1000}));
  for (std::size_t size = 0; size < good.size(); ++size) {
    CAPTURE(size);
    const std::string cut(good.data(), size);  // of its own, so that a sanitizer sees the end
    CHECK(adapted(adapter, cut).find("its input cannot be converted: ") == 0);
  }
  CHECK(adapted(adapter, good) == stored(std::int64_t{1000}));
}

TEST_CASE("a type that cannot be read is refused") {
  CHECK(InputAdapter::create("text", "no type").has_error());
  CHECK(InputAdapter::create("no type", "text").has_error());
}

}  // namespace
}  // namespace penstock
