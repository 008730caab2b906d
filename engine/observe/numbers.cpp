#include "observe/numbers.hpp"

#include <charconv>
#include <cmath>
#include <string_view>

namespace penstock {
namespace {

constexpr std::uint64_t exact_below = 10'000'000;

std::string fixed(double value, int digits) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, digits);
  return {text, end.ptr};
}

// Three digits and a letter, cut and not rounded: 1999 is 1.99k, since 2k has not been reached.
std::string short_text(double value) {
  constexpr std::string_view letters = " kMGTPE";
  std::size_t letter = 0;
  while (value >= 1000 && letter + 1 < letters.size()) {
    value /= 1000;
    ++letter;
  }
  const int digits = value < 10 ? 2 : value < 100 ? 1 : 0;
  const double scale = std::pow(10, digits);
  std::string text = fixed(std::floor(value * scale) / scale, letter == 0 ? 0 : digits);
  if (letter > 0) text += letters[letter];
  return text;
}

std::string two_digits(std::uint64_t value) {
  return std::string(value < 10 ? 1 : 0, '0') + std::to_string(value);
}

}  // namespace

std::string count_text(std::uint64_t count) {
  return count < exact_below ? std::to_string(count) : short_text(static_cast<double>(count));
}

std::string rate_text(double per_second) {
  if (!(per_second >= 0.05)) return "-";
  if (per_second < 9.95) return fixed(per_second, 1) + "/s";
  if (per_second < 999.5) return fixed(per_second, 0) + "/s";
  return short_text(per_second) + "/s";
}

std::string time_text(double seconds) {
  if (!(seconds >= 0)) return "0s";
  if (seconds < 9.95) return fixed(seconds, 1) + "s";
  const auto whole = static_cast<std::uint64_t>(seconds);
  if (whole < 60) return std::to_string(whole) + "s";
  if (whole < 3600) return std::to_string(whole / 60) + "min" + two_digits(whole % 60) + "s";
  return std::to_string(whole / 3600) + "h" + two_digits(whole / 60 % 60) + "min";
}

}  // namespace penstock
