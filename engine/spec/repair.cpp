#include "spec/repair.hpp"

#include <algorithm>
#include <cstdio>

#include "base/utf8.hpp"

namespace penstock {
namespace {

// Of the `${NAME}`, `${NAME:-default}` or `${file:PATH}` at the beginning of the text, if it is
// complete within its line; else 0.
std::size_t variable_size(std::string_view text) {
  constexpr std::size_t longest = 4096;
  text = text.substr(0, longest);
  text = text.substr(0, text.find('\n'));
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
  const std::size_t name_end = std::min(text.find_first_not_of(letters, 2), text.size());
  const std::string_view rest = text.substr(name_end);
  if (rest.rfind('}', 0) == 0) return name_end + 1;
  if (rest.rfind(":-", 0) != 0 && text.rfind("${file:", 0) != 0) return 0;
  std::size_t open = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '$' && i + 1 < text.size() && text[i + 1] == '{') ++open;
    if (text[i] == '}' && --open == 0) return i + 1;
  }
  return 0;
}

// Follows the text as far as is needed to know where quotes, comments, blocks of text and `{…}`
// begin and end. What it takes wrongly costs no more than a mend that is not made.
class Scan {
 public:
  explicit Scan(Repair& repair) : repair_(repair), text_(repair.text) {}

  void run();

  struct Place {
    std::uint32_t line;
    std::uint32_t column;
  };
  std::vector<Place> tabs;
  struct Variable {
    Place place;
    std::string text;
  };
  std::vector<Variable> variables;

 private:
  void begin_line();
  void skip_line() { at_ = std::min(text_.find('\n', at_), text_.size()); }
  bool skip_quoted(char quote);
  void skip_block();
  void skip_word() { at_ = std::min(text_.find_first_of(" \t\r\n,[]{}", at_), text_.size()); }
  void mend_variable();
  void read(char c);

  char peek(std::size_t ahead) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\n';
  }
  static bool blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
  std::size_t column() const { return at_ - line_start_; }
  Place place() const { return {line_, static_cast<std::uint32_t>(column()) + 1}; }

  Repair& repair_;
  std::string& text_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  std::uint32_t line_ = 1;
  std::size_t flow_ = 0;           // open `{` and `[`
  bool start_ = true;              // a new value can begin here
  std::size_t token_column_ = 0;   // where the last value began
  std::size_t parent_column_ = 0;  // of the key or dash that the value at hand belongs to
};

void Scan::run() {
  begin_line();
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '\n') {
      ++at_;
      ++line_;
      begin_line();
    } else if (blank(c)) {
      ++at_;
    } else if (c == '#' && (column() == 0 || blank(text_[at_ - 1]))) {
      skip_line();
    } else {
      if (start_) token_column_ = column();
      if (start_ && (c == '"' || c == '\'')) {
        if (!skip_quoted(c)) return;
        start_ = false;
      } else {
        read(c);
      }
    }
  }
}

void Scan::read(char c) {
  if (start_ && flow_ == 0 && (c == '|' || c == '>')) return skip_block();
  if (start_ && (c == '&' || c == '!')) return skip_word();
  if (flow_ > 0 && c == '$' && peek(1) == '{') return mend_variable();
  if ((c == '{' || c == '[') && (flow_ > 0 || start_)) {
    ++flow_;
    start_ = true;
  } else if (flow_ > 0 && (c == '}' || c == ']')) {
    --flow_;
    start_ = false;
  } else if (flow_ > 0 && c == ',') {
    start_ = true;
  } else if (c == ':' && blank(peek(1))) {
    parent_column_ = token_column_;
    start_ = true;
  } else if (start_ && flow_ == 0 && (c == '-' || c == '?') && blank(peek(1))) {
    parent_column_ = column();
  } else {
    start_ = false;
  }
  ++at_;
}

void Scan::begin_line() {
  line_start_ = at_;
  if (flow_ == 0) start_ = true;
  const std::size_t content = std::min(text_.find_first_not_of(" \t", at_), text_.size());
  const std::size_t tab = text_.find('\t', at_);
  if (tab >= content) return;
  const bool idle = content == text_.size() || blank(text_[content]) || text_[content] == '#';
  if (idle) {
    std::replace(text_.begin() + static_cast<std::ptrdiff_t>(at_),
                 text_.begin() + static_cast<std::ptrdiff_t>(content), '\t', ' ');
  } else {
    tabs.push_back({line_, static_cast<std::uint32_t>(tab - at_) + 1});
  }
}

// False: the quote has no end.
bool Scan::skip_quoted(char quote) {
  for (++at_; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '\n') {
      ++line_;
      line_start_ = at_ + 1;
    } else if (c == '\\' && quote == '"' && peek(1) != '\n') {
      ++at_;
    } else if (c == quote) {
      if (quote == '\'' && peek(1) == quote) {
        ++at_;
        continue;
      }
      ++at_;
      return true;
    }
  }
  return false;
}

// A block of text goes on as long as its lines are empty or indented further than their key.
void Scan::skip_block() {
  skip_line();
  while (at_ < text_.size()) {
    const std::size_t next = at_ + 1;
    const std::size_t content = std::min(text_.find_first_not_of(' ', next), text_.size());
    const bool empty = content == text_.size() || blank(text_[content]);
    if (!empty && content - next <= parent_column_) return;
    at_ = next;
    ++line_;
    line_start_ = at_;
    skip_line();
  }
}

// Of a `${` without its end only these two characters are mended: whoever replaces variables later
// knows best what to say of it.
void Scan::mend_variable() {
  const std::size_t size = variable_size(std::string_view(text_).substr(at_));
  const std::string original = text_.substr(at_, size == 0 ? 2 : size);
  if (size > 0) variables.push_back({place(), original});
  repair_.patches.push_back({at_, original});
  text_.replace(at_, original.size(), original.size(), '_');
  at_ += original.size();
  start_ = false;
}

Mark mark_at(const Source& source, std::uint32_t file, std::size_t offset) {
  std::uint32_t line = 1;
  while (line < source.line_count() && source.line_start(line + 1) <= offset) ++line;
  return {file, line, static_cast<std::uint32_t>(offset - source.line_start(line)) + 1};
}

std::string hexadecimal(unsigned number, const char* format) {
  char text[16];
  std::snprintf(text, sizeof text, format, number);
  return text;
}

// The first character that YAML does not allow, or nothing.
bool find_foreign_bytes(const Source& source, std::uint32_t file, Findings& findings) {
  const std::string& text = source.text();
  const std::size_t valid = valid_utf8(text);
  if (valid < text.size()) {
    findings.add(mark_at(source, file, valid),
                 "the byte " + hexadecimal(static_cast<unsigned char>(text[valid]), "0x%02x") +
                     " is no UTF-8 here",
                 "save the file as UTF-8");
    return true;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool allowed = c >= 0x20 || c == '\t' || c == '\n' || (c == '\r' && text[i + 1] == '\n');
    const bool high = c == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (allowed && c != 0x7f && !high) continue;
    const unsigned number = high ? static_cast<unsigned char>(text[i + 1]) : c;
    findings.add(mark_at(source, file, i),
                 "the control character U+" + hexadecimal(number, "%04X") +
                     " cannot stand in a pipeline file",
                 "remove it, or write it as an escape in double quotes: \"" +
                     hexadecimal(number, "\\x%02x") + "\"");
    return true;
  }
  return false;
}

void report_tabs(const std::vector<Scan::Place>& tabs, std::uint32_t file, Findings& findings) {
  if (tabs.empty()) return;
  constexpr std::size_t shown = 5;
  std::string others;
  for (std::size_t i = 1; i < tabs.size() && i <= shown; ++i) {
    others += (i == 1 ? "; the same in line " : ", ") + std::to_string(tabs[i].line);
  }
  if (tabs.size() > shown + 1)
    others += " and " + std::to_string(tabs.size() - shown - 1) + " more";
  findings.add({file, tabs[0].line, tabs[0].column}, "a tab in the indentation" + others,
               "indent with spaces: YAML does not say how wide a tab is");
}

}  // namespace

Repair repair(const Sources& sources, std::uint32_t file, Findings& findings) {
  Repair result;
  result.text = sources[file].text();
  if (find_foreign_bytes(sources[file], file, findings)) {
    result.readable = false;
    return result;
  }
  Scan scan(result);
  scan.run();
  report_tabs(scan.tabs, file, findings);
  for (const Scan::Place& tab : scan.tabs) result.tab_lines.push_back(tab.line);
  for (const Scan::Variable& variable : scan.variables) {
    const Mark mark{file, variable.place.line, variable.place.column};
    findings.add(mark, "`" + variable.text + "` has no quotes inside `{…}` or `[…]`",
                 "put the whole value in quotes: \"" + variable.text + "\"");
  }
  return result;
}

}  // namespace penstock
