#include <penstock/json.hpp>
#include <penstock/wire.hpp>

#include "catch.hpp"

using namespace penstock;

namespace {

template <class T>
std::string json(const T& value) {
  std::string encoded;
  CborWriter writer(encoded);
  sdk::Codec<T>::write(writer, value);
  std::string out;
  CHECK(write_json(out, Datum::cbor(as_bytes(encoded))));
  return out;
}

std::string text(std::string_view value) {
  return json<std::string_view>(value);
}

}  // namespace

TEST_CASE("numbers keep their kind and value") {
  CHECK(json(std::int64_t{0}) == "0");
  CHECK(json(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(json(UINT64_MAX) == "18446744073709551615");
  CHECK(json(3.0) == "3.0");
  CHECK(json(-0.0) == "-0.0");
  CHECK(json(0.1) == "0.1");
  CHECK(json(1e300) == "1e+300");
  CHECK(json(std::numeric_limits<double>::quiet_NaN()) == "null");
  CHECK(json(-std::numeric_limits<double>::infinity()) == "null");
}

TEST_CASE("text is escaped where it has to be") {
  CHECK(text("") == R"("")");
  CHECK(text("a\"b\\c\n\r\t\b\f\x01\x7f") == R"("a\"b\\c\n\r\t\b\f\u0001\u007f")");
  CHECK(text("h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80") ==
        "\"h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"");
}

TEST_CASE("what is not UTF-8 is replaced byte by byte") {
  const std::string bad = "\xef\xbf\xbd";
  CHECK(text("a\xff"
             "b") == "\"a" + bad + "b\"");
  CHECK(text("\xc0\x80") == "\"" + bad + bad + "\"");            // overlong
  CHECK(text("\xed\xa0\x80") == "\"" + bad + bad + bad + "\"");  // a surrogate
  CHECK(text("\xf4\x90\x80\x80") == "\"" + bad + bad + bad + bad + "\"");
  CHECK(text("\xe2\x82") == "\"" + bad + bad + "\"");  // cut short
}

TEST_CASE("bytes are base64") {
  const auto bytes = [](std::string_view content) { return json(as_bytes(content)); };
  CHECK(bytes("") == R"("")");
  CHECK(bytes("f") == R"("Zg==")");
  CHECK(bytes("fo") == R"("Zm8=")");
  CHECK(bytes("foo") == R"("Zm9v")");
  CHECK(bytes("\xff\xfe\xfd\xfc") == R"("//79/A==")");
}

TEST_CASE("lists and maps nest") {
  CHECK(json(std::map<std::string, std::vector<int>>{{"a", {}}, {"b", {1, 2}}}) ==
        R"({"a":[],"b":[1,2]})");
  CHECK(json(std::tuple(true, std::optional<int>(), std::string("x"))) == R"([true,null,"x"])");
}

TEST_CASE("a damaged value leaves nothing behind") {
  std::string out = "before";
  CHECK_FALSE(write_json(out, Datum::cbor(as_bytes("\x82\x01"))));
  CHECK(out == "before");
  std::string deep(1000, '\x81');
  deep += '\x01';
  CHECK_FALSE(write_json(out, Datum::cbor(as_bytes(deep))));
  CHECK(out == "before");
}
