#include <penstock/wire.hpp>

#include "catch.hpp"

using namespace penstock;
using Catch::Matchers::Contains;

namespace {

enum class Shade : std::int16_t { light = -1, dark = 300 };
PENSTOCK_ENUM(Shade, light, dark)

struct Row {
  std::int64_t id;
  char name[16];
  bool good;
  Shade shade;
  std::array<float, 3> weights;
  bool bits[3];
};
PENSTOCK_FIELDS(Row, id, name, good, shade, weights, bits)

struct Partial {
  std::int64_t id;
  std::int64_t forgotten;
  std::int64_t last;
};
PENSTOCK_FIELDS(Partial, id, last)

struct Shuffled {
  std::int32_t a;
  std::int32_t b;
};
PENSTOCK_FIELDS(Shuffled, b, a)

struct NotPacked {
  std::int64_t id;
  std::string_view name;
};
PENSTOCK_FIELDS(NotPacked, id, name)

std::vector<std::byte> bytes_of(const Row& row) {
  const Bytes view = std::as_bytes(std::span(&row, 1));
  return {view.begin(), view.end()};
}

constexpr Row sample{1, "name", true, Shade::dark, {1, 2, 3}, {true, false, true}};

}  // namespace

static_assert(sdk::Packed<Row>);
static_assert(!sdk::Packed<NotPacked>, "a view inside makes a record of it");
static_assert(!sdk::Packed<int>);

TEST_CASE("a packed struct is described with its offsets") {
  CHECK(sdk::Wire<Row>::type() ==
        "packed(48){id:i64@0,name:char[16]@8,good:bool@24,shade:i16@26,weights:f32[3]@28,"
        "bits:bool[3]@40}");
}

TEST_CASE("a packed struct is read where it lies") {
  const std::vector<std::byte> bytes = bytes_of(sample);
  const Row& row = sdk::Wire<Row>::decode(bytes);
  CHECK(static_cast<const void*>(&row) == bytes.data());
  CHECK(row.shade == Shade::dark);
}

TEST_CASE("size, bools and enums are checked on arrival") {
  std::vector<std::byte> bytes = bytes_of(sample);
  const auto refused = [&](std::size_t at, int value) {
    std::vector<std::byte> changed = bytes;
    changed[at] = static_cast<std::byte>(value);
    CHECK_THROWS_AS(sdk::Wire<Row>::decode(changed), Malformed);
  };
  refused(24, 2);    // good
  refused(26, 45);   // shade: 301
  refused(42, 255);  // bits[2]
  CHECK_THROWS_WITH(sdk::Wire<Row>::decode(Bytes(bytes).first(47)),
                    "a packed struct of 48 bytes arrived with 47");
  bytes[26] = bytes[27] = std::byte{255};
  CHECK(sdk::Wire<Row>::decode(bytes).shade == Shade::light);
}

TEST_CASE("a field that is not named, or named out of order, is found when it is described") {
  CHECK_THROWS_WITH(sdk::Wire<Partial>::type(), Contains("8 bytes at offset 8 belong to none"));
  CHECK_THROWS_AS(sdk::Wire<Shuffled>::type(), std::logic_error);
}
