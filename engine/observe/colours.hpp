// The colours of what is shown on a terminal. A pure function, any thread.
#pragma once

#include <string>
#include <string_view>

namespace penstock {

inline constexpr std::string_view dim = "\x1b[2m";
inline constexpr std::string_view red = "\x1b[31m";
inline constexpr std::string_view green = "\x1b[32m";
inline constexpr std::string_view yellow = "\x1b[33m";

// The text in this colour, if `on`; they take no room.
inline std::string coloured(std::string_view text, std::string_view colour, bool on) {
  if (!on || text.empty()) return std::string(text);
  return std::string(colour) + std::string(text) + "\x1b[0m";
}

}  // namespace penstock
