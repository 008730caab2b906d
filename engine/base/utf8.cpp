#include "base/utf8.hpp"

#include <algorithm>

namespace penstock {
namespace {

unsigned char byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

// Bytes of the well-formed character that begins at `at`; 0: there is none.
std::size_t character_size(std::string_view text, std::size_t at) {
  const unsigned char first = byte_at(text, at);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() - at < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if (!continues(text[at + i])) return 0;
  }
  const unsigned char second = byte_at(text, at + 1);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool surrogate = first == 0xed && second > 0x9f;
  const bool too_large = first == 0xf4 && second > 0x8f;
  return overlong || surrogate || too_large ? 0 : size;
}

}  // namespace

std::size_t valid_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t size = character_size(text, at);
    if (size == 0) break;
    at += size;
  }
  return at;
}

std::size_t character_count(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), continues));
}

std::size_t character_offset(std::string_view text, std::size_t count) {
  std::size_t offset = 0;
  for (; offset < text.size(); ++offset) {
    if (continues(text[offset])) continue;
    if (count == 0) break;
    --count;
  }
  return offset;
}

std::string well_formed(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (;;) {
    const std::size_t good = valid_utf8(text);
    result += text.substr(0, good);
    if (good == text.size()) return result;
    result += "\xef\xbf\xbd";
    text.remove_prefix(good + 1);
  }
}

std::string printable(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = character_size(text, at);
    const unsigned char first = byte_at(text, at);
    const bool control = first < 0x20 || first == 0x7f ||
                         (size == 2 && first == 0xc2 && byte_at(text, at + 1) < 0xa0);
    if (first == '\t') {
      result += ' ';
    } else if (size == 0 || control) {
      result += '?';
    } else {
      result += text.substr(at, size);
    }
    at += std::max<std::size_t>(size, 1);
  }
  return result;
}

std::string with_escapes(std::string_view json) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(json.size());
  for (std::size_t i = 0; i < json.size(); ++i) {
    const auto next = i + 1 < json.size() ? static_cast<unsigned char>(json[i + 1]) : 0u;
    if (static_cast<unsigned char>(json[i]) != 0xc2 || next < 0x80 || next > 0x9f) {
      text += json[i];
      continue;
    }
    text += "\\u00";
    text += digits[next >> 4];
    text += digits[next & 15];
    ++i;
  }
  return text;
}

}  // namespace penstock
