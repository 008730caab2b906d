#include <penstock/cbor.hpp>
#include <random>

#include "catch.hpp"

using namespace penstock;

namespace {

std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (const int value : values) out += static_cast<char>(value);
  return out;
}

CborHead head_of(const std::string& encoded) {
  CborReader reader(as_bytes(encoded));
  CborHead head;
  REQUIRE(reader.next(head));
  CHECK(reader.done());
  return head;
}

std::string failure_of(const std::string& encoded) {
  CborReader reader(as_bytes(encoded));
  CHECK_FALSE(reader.skip());
  return reader.error();
}

}  // namespace

TEST_CASE("numbers are written in the shortest form of the standard") {
  const auto written = [](std::int64_t value) {
    std::string out;
    CborWriter(out).integer(value);
    CHECK(head_of(out).integer.to_signed() == value);
    return out;
  };
  CHECK(written(0) == bytes({0x00}));
  CHECK(written(23) == bytes({0x17}));
  CHECK(written(24) == bytes({0x18, 24}));
  CHECK(written(256) == bytes({0x19, 1, 0}));
  CHECK(written(65536) == bytes({0x1a, 0, 1, 0, 0}));
  CHECK(written(std::int64_t{1} << 32) == bytes({0x1b, 0, 0, 0, 1, 0, 0, 0, 0}));
  CHECK(written(-1) == bytes({0x20}));
  CHECK(written(-500) == bytes({0x39, 0x01, 0xf3}));
  CHECK(written(std::numeric_limits<std::int64_t>::min()).size() == 9);
  CHECK(written(std::numeric_limits<std::int64_t>::max()).size() == 9);
}

TEST_CASE("a number beyond 63 bits keeps its value") {
  std::string out;
  CborWriter(out).natural(UINT64_MAX);
  const Integer number = head_of(out).integer;
  CHECK(number.to_unsigned() == UINT64_MAX);
  CHECK_FALSE(number.to_signed());
  const Integer least = head_of(bytes({0x3b, 255, 255, 255, 255, 255, 255, 255, 255})).integer;
  CHECK_FALSE(least.to_signed());
  CHECK_FALSE(least.to_unsigned());
  CHECK(least.to_real() == -18446744073709551616.0);
}

TEST_CASE("everything else is read back") {
  std::string out;
  CborWriter writer(out);
  writer.list(6);
  writer.null();
  writer.boolean(true);
  writer.real(-2.5);
  writer.text("h\xc3\xa9");
  writer.bytes(as_bytes(std::string_view("\0\1", 2)));
  writer.map(0);

  CborReader reader(as_bytes(out));
  CborHead head;
  REQUIRE(reader.next(head));
  CHECK(head.kind == DatumKind::list);
  CHECK(head.count == 6);
  REQUIRE(reader.next(head));
  CHECK(head.kind == DatumKind::null);
  REQUIRE(reader.next(head));
  CHECK(head.boolean);
  REQUIRE(reader.next(head));
  CHECK(head.real == -2.5);
  REQUIRE(reader.next(head));
  CHECK(head.content == "h\xc3\xa9");
  REQUIRE(reader.next(head));
  CHECK(head.kind == DatumKind::bytes);
  CHECK(head.content.size() == 2);
  REQUIRE(reader.next(head));
  CHECK(head.kind == DatumKind::map);
  CHECK(reader.done());
}

TEST_CASE("floats of each width, tags and undefined are read") {
  CHECK(head_of(bytes({0xf9, 0x3c, 0x00})).real == 1.0);
  CHECK(head_of(bytes({0xf9, 0xc4, 0x00})).real == -4.0);
  CHECK(head_of(bytes({0xf9, 0x00, 0x01})).real == std::ldexp(1.0, -24));
  CHECK(std::isinf(head_of(bytes({0xf9, 0x7c, 0x00})).real));
  CHECK(std::isnan(head_of(bytes({0xf9, 0x7e, 0x00})).real));
  CHECK(head_of(bytes({0xfa, 0x3f, 0xc0, 0, 0})).real == 1.5);
  CHECK(head_of(bytes({0xc1, 0x1a, 0, 0, 0, 7})).integer.magnitude == 7);
  CHECK(head_of(bytes({0xf7})).kind == DatumKind::null);
}

TEST_CASE("damage ends in a reason") {
  CHECK(failure_of("") == "it ends too early");
  CHECK(failure_of(bytes({0x19, 1})) == "it ends too early");
  CHECK(failure_of(bytes({0x65, 'a'})) == "a text or bytes is longer than what is there");
  CHECK(failure_of(bytes({0x7b, 255, 255, 255, 255, 255, 255, 255, 255})) ==
        "a text or bytes is longer than what is there");
  CHECK(failure_of(bytes({0x9b, 255, 255, 255, 255, 255, 255, 255, 255})) ==
        "a list or map has more elements than bytes");
  CHECK(failure_of(bytes({0xbb, 0x80, 0, 0, 0, 0, 0, 0, 0})) ==
        "a list or map has more elements than bytes");
  CHECK(failure_of(bytes({0x82, 0x82, 0x01, 0x02})) ==
        "a list or map has more elements than bytes");
  CHECK(failure_of(bytes({0x9f, 0xff})) == "it has a length or a number of an unknown form");
  CHECK(failure_of(bytes({0xe0})) == "it has a simple value that is neither bool, null nor float");
  CHECK(failure_of(bytes({0xc1})) == "it ends too early");
}

TEST_CASE("a million nested lists are passed over without recursion") {
  std::string deep(1'000'000, '\x81');
  deep += '\x00';
  CborReader reader(as_bytes(deep));
  CHECK(reader.skip());
  CHECK(reader.done());
}

TEST_CASE("random bytes never lead out of bounds") {
  std::mt19937 random(7);
  for (int round = 0; round != 20'000; ++round) {
    // An exact allocation, so that a sanitizer sees a single byte too many.
    std::vector<std::byte> noise(random() % 40);
    for (std::byte& one : noise) one = static_cast<std::byte>(random());
    CborReader reader(noise);
    while (!reader.done() && reader.skip()) {
    }
    CHECK(reader.left() <= noise.size());
  }
}
