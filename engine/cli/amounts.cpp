#include "cli/amounts.hpp"

#include <charconv>

namespace penstock {

std::string counted(std::uint64_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string seconds_text(double seconds, int digits) {
  char text[64];
  const auto end =
      std::to_chars(text, text + sizeof text, seconds, std::chars_format::fixed, digits);
  return {text, end.ptr};
}

}  // namespace penstock
