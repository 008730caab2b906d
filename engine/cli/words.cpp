#include "cli/words.hpp"

namespace penstock {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n';
}

// Within double quotes a backslash is only special before these.
bool is_special_when_quoted(char c) {
  return c == '"' || c == '\\' || c == '$' || c == '`';
}

}  // namespace

std::optional<std::vector<std::string>> split_words(std::string_view text) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (quote == 0 && is_space(c)) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (c == quote) {
      quote = 0;
      continue;
    }
    if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
      continue;
    }
    if (c == '\\' && quote != '\'') {
      if (i + 1 == text.size()) return std::nullopt;
      if (quote == 0 || is_special_when_quoted(text[i + 1])) c = text[++i];
    }
    words.back() += c;
  }
  if (quote != 0) return std::nullopt;
  return words;
}

}  // namespace penstock
