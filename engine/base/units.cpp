#include "base/units.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>
#include <span>

namespace penstock {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

struct Mistake {  // what people write for a unit, and what they mean
  std::string_view name;
  std::string_view meant;
};

// Both from the smallest to the largest.
constexpr std::array durations = {
    Unit{"ns", 1},
    Unit{"us", 1'000},
    Unit{"ms", 1'000'000},
    Unit{"s", 1'000'000'000},
    Unit{"min", 60'000'000'000},
    Unit{"h", 3'600'000'000'000},
};
constexpr std::array sizes = {
    Unit{"", 1},
    Unit{"KiB", 1ull << 10},
    Unit{"MiB", 1ull << 20},
    Unit{"GiB", 1ull << 30},
    Unit{"TiB", 1ull << 40},
};
constexpr std::array duration_mistakes = {
    Mistake{"m", "min"},      Mistake{"sec", "s"},     Mistake{"secs", "s"},
    Mistake{"second", "s"},   Mistake{"seconds", "s"}, Mistake{"mins", "min"},
    Mistake{"minute", "min"}, Mistake{"hr", "h"},      Mistake{"minutes", "min"},
    Mistake{"hour", "h"},     Mistake{"hours", "h"},   Mistake{"msec", "ms"},
    Mistake{"millis", "ms"},  Mistake{"usec", "us"},   Mistake{"\u00b5s", "us"},
};
constexpr std::array size_mistakes = {
    Mistake{"b", ""},      Mistake{"bytes", ""},  Mistake{"k", "KiB"},   Mistake{"kb", "KiB"},
    Mistake{"kib", "KiB"}, Mistake{"m", "MiB"},   Mistake{"mb", "MiB"},  Mistake{"mib", "MiB"},
    Mistake{"g", "GiB"},   Mistake{"gb", "GiB"},  Mistake{"gib", "GiB"}, Mistake{"t", "TiB"},
    Mistake{"tb", "TiB"},  Mistake{"tib", "TiB"},
};

Error refused(const std::string& reason) {
  return Error(Status::refused, reason);
}

bool digit(char c) {
  return c >= '0' && c <= '9';
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

bool octal_looking(std::string_view digits) {
  return digits.size() > 1 && digits[0] == '0';
}

Error looks_octal(std::string_view digits) {
  const std::size_t first = std::min(digits.find_first_not_of('0'), digits.size() - 1);
  const std::string plain(digits.substr(first));
  return refused("looks octal: some read " + std::string(digits) + " as base eight; write " +
                 plain);
}

// whole[.fraction], exactly: the value is (whole + fraction / scale).
struct Decimal {
  std::uint64_t whole = 0;
  std::uint64_t fraction = 0;
  std::uint64_t scale = 1;
};

Result<Decimal> parse_decimal(std::string_view text, std::string_view kind) {
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  if (octal_looking(whole)) return looks_octal(whole);
  Decimal result;
  if (std::from_chars(whole.data(), whole.data() + whole.size(), result.whole).ec != std::errc()) {
    return refused("is too large for a " + std::string(kind));
  }
  if (point == std::string_view::npos) return result;
  const std::string_view fraction = text.substr(point + 1);
  if (fraction.empty() || fraction.size() > 9 ||
      !std::all_of(fraction.begin(), fraction.end(), digit)) {
    return refused("needs one to nine digits after its point");
  }
  std::from_chars(fraction.data(), fraction.data() + fraction.size(), result.fraction);
  for (std::size_t i = 0; i < fraction.size(); ++i) result.scale *= 10;
  return result;
}

// value * factor, or nothing where that is no whole number that fits.
Result<std::uint64_t> scaled(const Decimal& value, const Unit& unit, std::string_view kind) {
  __extension__ using Wide = unsigned __int128;
  const Wide wide = Wide{value.whole} * value.scale + value.fraction;
  const Wide product = wide * unit.factor;
  if (product % value.scale != 0)
    return refused("is finer than a " + std::string(kind) + " can be");
  const Wide result = product / value.scale;
  // 2^63 is the end of what std::chrono and a plugin's int64_t can hold.
  if (result >> 63 != 0) return refused("is too large for a " + std::string(kind));
  return static_cast<std::uint64_t>(result);
}

struct Words {
  std::string_view kind;
  std::string_view example;
  std::string_view units;
};
constexpr Words duration_words{"duration", "250ms", "ns, us, ms, s, min or h"};
constexpr Words size_words{"size", "64MiB", "KiB, MiB, GiB or TiB, or none for bytes"};

Result<std::uint64_t> parse_quantity(std::string_view text, std::span<const Unit> units,
                                     std::span<const Mistake> mistakes, const Words& words) {
  const std::string kind(words.kind);
  const std::string no_quantity =
      "is no " + kind + ": write a number and its unit, such as " + std::string(words.example);
  if (!text.empty() && text[0] == '-') return refused("is negative");
  if (text.empty() || !digit(text[0])) return refused(no_quantity);
  const auto begins_unit = [](char c) { return !digit(c) && c != '.'; };
  const std::size_t end = static_cast<std::size_t>(
      std::distance(text.begin(), std::find_if(text.begin(), text.end(), begins_unit)));
  const std::string number(text.substr(0, end));
  const std::string_view unit = text.substr(end);

  if (!unit.empty() && unit[0] == ' ') {
    const std::string_view word = unit.substr(std::min(unit.find_first_not_of(' '), unit.size()));
    return refused("has a space in it: the unit stands with the number, such as " + number +
                   std::string(word.empty() ? units.back().name : word));
  }
  const Result<Decimal> value = parse_decimal(number, kind);
  if (!value) return value.error();
  for (const Unit& known : units) {
    if (known.name == unit) return scaled(*value, known, kind);
  }
  if (unit.empty()) {  // only durations have no unit without a name
    if (value->whole == 0 && value->fraction == 0) return 0;
    return refused("has no unit: write " + number + "ms or " + number + "s");
  }
  for (const Mistake& mistake : mistakes) {
    if (mistake.name == lower(unit)) {
      return refused("has the unit `" + std::string(unit) + "`, not one of " +
                     std::string(words.units) + ": write " + number + std::string(mistake.meant));
    }
  }
  return refused("has the unknown unit `" + std::string(unit) + "`: it is one of " +
                 std::string(words.units));
}

std::string quantity_text(std::uint64_t value, std::span<const Unit> units) {
  std::size_t best = 0;
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (value != 0 && value % units[i].factor == 0) best = i;
  }
  return std::to_string(value / units[best].factor) + std::string(units[best].name);
}

template <class Number>
Result<Number> parse_whole(std::string_view text, const char* kind) {
  const std::string_view digits = !text.empty() && text[0] == '-' ? text.substr(1) : text;
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), digit)) {
    return refused("is no " + std::string(kind));
  }
  if (octal_looking(digits)) return looks_octal(digits);
  Number result{};
  if (std::from_chars(text.data(), text.data() + text.size(), result).ec != std::errc()) {
    return refused("is too large for a " + std::string(kind));
  }
  return result;
}

}  // namespace

Result<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  const Result<std::uint64_t> value =
      parse_quantity(text, durations, duration_mistakes, duration_words);
  if (!value) return value.error();
  return std::chrono::nanoseconds(static_cast<std::int64_t>(*value));
}

Result<std::uint64_t> parse_size(std::string_view text) {
  return parse_quantity(text, sizes, size_mistakes, size_words);
}

Result<std::uint64_t> parse_count(std::string_view text) {
  if (!text.empty() && text[0] == '-') return refused("is negative");
  return parse_whole<std::uint64_t>(text, "whole number");
}

Result<std::int64_t> parse_integer(std::string_view text) {
  return parse_whole<std::int64_t>(text, "whole number");
}

Result<double> parse_real(std::string_view text) {
  const std::string_view unsigned_text = !text.empty() && text[0] == '-' ? text.substr(1) : text;
  const std::string_view whole =
      unsigned_text.substr(0, std::min(unsigned_text.find_first_of(".eE"), unsigned_text.size()));
  if (octal_looking(whole) && std::all_of(whole.begin(), whole.end(), digit)) {
    return looks_octal(whole);
  }
  double result = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), result);
  if (code == std::errc::result_out_of_range) return refused("is out of a number's range");
  if (code != std::errc() || end != text.data() + text.size() || !std::isfinite(result)) {
    return refused("is no number");
  }
  return result;
}

Result<double> parse_rate(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string number(text.substr(0, slash));
  const Result<double> count = parse_real(number);
  if (!count) {
    return refused("is no rate: write a number and a unit of time, such as 50/s or 10/min");
  }
  if (*count <= 0) return refused("is no rate: it has to be more than 0");
  if (slash == std::string_view::npos) {
    return refused("has no unit: write " + number + "/s, " + number + "/min or " + number + "/h");
  }
  const std::string_view unit = text.substr(slash + 1);
  if (unit == "s") return *count;
  if (unit == "min") return *count / 60;
  if (unit == "h") return *count / 3600;
  for (const Mistake& mistake : duration_mistakes) {
    const bool one_of_ours = mistake.meant == "s" || mistake.meant == "min" || mistake.meant == "h";
    if (mistake.name != lower(unit) || !one_of_ours) continue;
    return refused("has the unit `" + std::string(unit) + "`, not one of s, min or h: write " +
                   number + '/' + std::string(mistake.meant));
  }
  return refused("has the unknown unit `" + std::string(unit) + "`: it is one of s, min or h");
}

Result<bool> parse_switch(std::string_view text) {
  for (const std::string_view word : {"true", "yes", "on"}) {
    if (text == word) return true;
  }
  for (const std::string_view word : {"false", "no", "off"}) {
    if (text == word) return false;
  }
  return refused("is neither true nor false");
}

std::string duration_text(std::chrono::nanoseconds duration) {
  if (duration.count() == 0) return "0s";
  return quantity_text(static_cast<std::uint64_t>(duration.count()), durations);
}

std::string size_text(std::uint64_t bytes) {
  return quantity_text(bytes, sizes);
}

std::string real_text(double number) {
  std::array<char, 32> text;
  const auto [end, code] = std::to_chars(text.data(), text.data() + text.size(), number);
  return code == std::errc() ? std::string(text.data(), end) : std::to_string(number);
}

}  // namespace penstock
