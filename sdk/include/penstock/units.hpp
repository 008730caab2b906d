// Sizes and durations as people write them: 64KiB, 250ms.
#pragma once

#include <penstock/type.hpp>

#include <chrono>

namespace penstock PENSTOCK_HIDDEN {

// A number of bytes, written 100, 64KiB, 1MiB or 2GiB in a pipeline file.
struct PENSTOCK_TYPE Size {
  constexpr Size() = default;
  constexpr Size(std::uint64_t of) : bytes(of) {}
  constexpr operator std::uint64_t() const { return bytes; }

  std::uint64_t bytes = 0;
};

inline namespace literals {

constexpr Size operator""_KiB(unsigned long long n) {
  return n << 10;
}
constexpr Size operator""_MiB(unsigned long long n) {
  return n << 20;
}
constexpr Size operator""_GiB(unsigned long long n) {
  return n << 30;
}

}  // namespace literals

namespace sdk {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

// The largest unit of which `value` is a whole number; the last one has factor 1.
template <std::size_t N>
std::string in_units(std::int64_t value, const Unit (&units)[N]) {
  for (const Unit& unit : units) {
    if (unit.factor == 1 || (value != 0 && value % unit.factor == 0)) {
      return std::to_string(value / unit.factor) + std::string(unit.name);
    }
  }
  return {};
}

// The number that `text` is, in units of 1; nothing if it is none.
template <std::size_t N>
std::optional<std::int64_t> from_units(std::string_view text, const Unit (&units)[N]) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc{}) return std::nullopt;
  for (const Unit& unit : units) {
    std::int64_t value = 0;
    if (unit.name == std::string_view(stop, static_cast<std::size_t>(end - stop)) &&
        !__builtin_mul_overflow(number, unit.factor, &value)) {
      return value;
    }
  }
  return std::nullopt;
}

inline constexpr Unit size_units[] = {
    {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"", 1}};
inline constexpr Unit duration_units[] = {
    {"h", 3'600'000'000'000}, {"min", 60'000'000'000}, {"s", 1'000'000'000},
    {"ms", 1'000'000},        {"us", 1'000},           {"ns", 1}};

inline std::string size_text(std::int64_t bytes) {
  return in_units(bytes, size_units);
}

inline std::string duration_text(std::chrono::nanoseconds duration) {
  return duration.count() == 0 ? "0s" : in_units(duration.count(), duration_units);
}

}  // namespace sdk
}  // namespace penstock
