#include "sync/managed/encoded_value.hpp"

#include <penstock/record.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "catch.hpp"

namespace penstock::sync {
namespace {

template <class T>
std::string encoded(const T& value) {
  std::string bytes;
  CborWriter out(bytes);
  sdk::Codec<T>::write(out, value);
  return bytes;
}

TEST_CASE("values are ordered by kind, and then by size") {
  const std::vector<std::string> rising{
      encoded(std::optional<int>()),
      encoded(false),
      encoded(true),
      encoded(-std::numeric_limits<double>::infinity()),
      encoded(INT64_MIN),
      encoded(-2),
      encoded(-1.5),
      encoded(-1),
      encoded(0),
      encoded(0.5),
      encoded(1),
      encoded(INT64_MAX),
      encoded(UINT64_MAX),
      encoded(2e19),
      encoded(std::numeric_limits<double>::quiet_NaN()),
      encoded(std::string()),
      encoded(std::string("a")),
      encoded(std::string("b")),
      encoded(std::vector<std::byte>{std::byte{0}}),
      encoded(std::vector<int>{}),
      encoded(std::vector<int>{1}),
      encoded(std::vector<int>{1, 2}),
      encoded(std::vector<int>{2}),
      encoded(std::map<std::string, int>{{"a", 1}}),
      encoded(std::map<std::string, int>{{"a", 2}}),
      std::string("\x62x", 2),  // cut short
  };
  for (std::size_t i = 0; i != rising.size(); ++i) {
    for (std::size_t j = 0; j != rising.size(); ++j) {
      CAPTURE(i, j);
      CHECK(comes_before(rising[i], rising[j]) == (i < j));
    }
  }
  CHECK_FALSE(comes_before(encoded(1), encoded(1.0)));
  CHECK_FALSE(comes_before(encoded(1.0), encoded(1)));
}

TEST_CASE("the order holds for any bytes") {
  std::mt19937_64 bits(3);
  std::vector<std::string> noise(300);
  for (std::string& bytes : noise) {
    bytes.resize(bits() % 6);
    for (char& byte : bytes) byte = static_cast<char>(bits());
  }
  std::sort(noise.begin(), noise.end(), &comes_before);
  for (std::size_t i = 0; i != noise.size(); ++i) {
    for (std::size_t j = i; j != noise.size(); ++j) CHECK_FALSE(comes_before(noise[j], noise[i]));
  }
  const std::string deep(100'000, '\x81');
  CHECK_FALSE(comes_before(deep + '\0', deep + '\0'));
  CHECK(comes_before(deep + '\0', deep + '\1'));
}

TEST_CASE("numbers are added within their bounds") {
  const auto sum = [](auto a, auto b, auto low, auto high) {
    return add(encoded(a), encoded(b), encoded(low), encoded(high));
  };
  CHECK(sum(1, 2, -10, 10).bytes == encoded(3));
  CHECK(sum(-1, -2, -10, 10).bytes == encoded(-3));
  CHECK(sum(7, 4, -10, 10).bytes.empty());
  CHECK(sum(-7, -4, -10, 10).bytes.empty());
  CHECK(sum(UINT64_MAX, UINT64_MAX, 0, UINT64_MAX).bytes.empty());
  CHECK(sum(UINT64_MAX, -1, 0, UINT64_MAX).bytes == encoded(UINT64_MAX - 1));
  CHECK(sum(INT64_MIN, -1, INT64_MIN, INT64_MAX).bytes.empty());
  CHECK(sum(0.5, 1, 0.0, 0.0).bytes == encoded(1.5));
  CHECK(add(encoded(1), encoded(std::string("x")), encoded(0), encoded(1)).bytes.empty());
  CHECK(add("", "", "", "").bytes.empty());
  CHECK(add(encoded(1), encoded(1), "", "").bytes.empty());
}

}  // namespace
}  // namespace penstock::sync
