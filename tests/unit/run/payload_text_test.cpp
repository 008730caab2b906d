#include "run/payload_text.hpp"

#include <boost/json.hpp>
#include <penstock/cbor.hpp>

#include <string>

#include "catch.hpp"

namespace penstock {
namespace {

std::string shown(std::string_view type, const std::string& bytes) {
  return payload_json(type, bytes, bytes.size());
}

TEST_CASE("a payload of a known type is shown as JSON") {
  CHECK(shown("text", "a \"b\"\n") == R"("a \"b\"\n")");
  const std::int64_t number = -5;
  CHECK(shown("int", std::string(reinterpret_cast<const char*>(&number), 8)) == "-5");
  std::string cbor;
  CborWriter out(cbor);
  out.map(1);
  out.text("a");
  out.list(2);
  out.integer(std::int64_t{1});
  out.null();
  CHECK(shown("any", cbor) == R"({"a":[1,null]})");
  CHECK(shown("map<list<any>>", cbor) == R"({"a":[1,null]})");
}

TEST_CASE("only the beginning of a payload, a damaged one or one of no type is base64") {
  CHECK(payload_json("text", "ab", 1000) == R"({"size":1000,"base64":"YWI="})");
  CHECK(shown("int", "abc") == R"({"size":3,"base64":"YWJj"})");
  CHECK(shown("any", "\x9f") == R"({"size":1,"base64":"nw=="})");
  CHECK(shown("any", "") == R"({"size":0,"base64":""})");
  CHECK(shown("gibberish", "abc") == R"({"size":3,"base64":"YWJj"})");
}

TEST_CASE("whatever the bytes are, what is shown is JSON on one line") {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  for (const char* type : {"text", "bytes", "any", "int", "record{a:int}", "list<text>"}) {
    CAPTURE(type);
    for (std::size_t from = 0; from < bytes.size(); ++from) {
      const std::string json = shown(type, bytes.substr(from));
      boost::system::error_code error;
      boost::json::parse(json, error);
      REQUIRE_FALSE(error);
      REQUIRE(json.find('\n') == std::string::npos);
    }
  }
}

}  // namespace
}  // namespace penstock
