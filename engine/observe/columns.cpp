#include "observe/columns.hpp"

#include <algorithm>
#include <iterator>

namespace penstock {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

constexpr Range wide[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},
                          {0xa960, 0xa97f},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},
                          {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
                          {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff},
                          {0x1fa70, 0x1faff}, {0x20000, 0x3fffd}};

constexpr Range without_width[] = {{0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd},
                                   {0x0610, 0x061a}, {0x064b, 0x065f}, {0x1ab0, 0x1aff},
                                   {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f},
                                   {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}};

template <std::size_t Count>
bool is_in(const Range (&ranges)[Count], char32_t character) {
  return std::any_of(std::begin(ranges), std::end(ranges), [&](const Range& range) {
    return character >= range.first && character <= range.last;
  });
}

// Takes the first character off the text.
char32_t take_character(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  std::size_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
  char32_t character = more == 0 ? first : first & (0x3fu >> more);
  text.remove_prefix(1);
  for (; more > 0 && !text.empty(); --more) {
    character = character << 6 | (static_cast<unsigned char>(text.front()) & 0x3fu);
    text.remove_prefix(1);
  }
  return character;
}

std::size_t columns_of(char32_t character) {
  if (character < 0x300) return 1;
  return is_in(without_width, character) ? 0 : is_in(wide, character) ? 2 : 1;
}

}  // namespace

std::size_t column_count(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) columns += columns_of(take_character(text));
  return columns;
}

std::string cut_to_columns(std::string_view text, std::size_t columns) {
  if (column_count(text) <= columns) return std::string(text);
  std::string_view rest = text;
  std::size_t size = 0;
  for (std::size_t taken = 0; columns > 0; size = text.size() - rest.size()) {
    taken += columns_of(take_character(rest));
    if (taken > columns - 1) break;
  }
  return std::string(text.substr(0, size)) + (columns > 0 ? "~" : "");
}

std::string padded_right(std::string_view text, std::size_t columns) {
  std::string result = cut_to_columns(text, columns);
  return result + std::string(columns - column_count(result), ' ');
}

std::string padded_left(std::string_view text, std::size_t columns) {
  const std::string result = cut_to_columns(text, columns);
  return std::string(columns - column_count(result), ' ') + result;
}

std::string whole_words(std::string_view words, std::size_t columns) {
  if (column_count(words) <= columns) return std::string(words);
  std::size_t end = words.rfind(' ');
  while (end != std::string_view::npos && end > 0 && column_count(words.substr(0, end)) > columns) {
    end = words.rfind(' ', end - 1);
  }
  if (end == std::string_view::npos) return cut_to_columns(words, columns);
  return std::string(words.substr(0, end));
}

}  // namespace penstock
