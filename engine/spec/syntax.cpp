#include "spec/syntax.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <istream>
#include <streambuf>
#include <vector>

namespace penstock {
namespace {

struct Enough {};  // ends the parsing without an error

// The text with each tab of the indentation as `width` spaces.
std::string widened(const Source& source, const Repair& repair, std::size_t width) {
  std::string text;
  std::size_t copied = 0;
  for (const std::uint32_t line : repair.tab_lines) {
    const std::size_t start = source.line_start(line);
    const std::size_t end = repair.text.find_first_not_of(" \t", start);
    text.append(repair.text, copied, start - copied);
    for (std::size_t i = start; i < end; ++i) text.append(repair.text[i] == '\t' ? width : 1, ' ');
    copied = end;
  }
  return text.append(repair.text, copied);
}

// Positions of the widened text -> positions of the source.
class Places {
 public:
  Places(const Source& source, std::uint32_t file, const Repair& repair, std::size_t width)
      : source_(source), file_(file), tab_lines_(repair.tab_lines), width_(width) {}

  Mark mark(const YAML::Mark& at) const {
    if (at.line < 0 || at.column < 0) return {file_, 1, 1};
    const auto line = static_cast<std::uint32_t>(at.line) + 1;
    if (line > source_.line_count()) return end();
    std::size_t column = static_cast<std::size_t>(at.column);
    if (std::binary_search(tab_lines_.begin(), tab_lines_.end(), line)) {
      const std::string_view text = source_.line(line);
      const std::size_t content = text.find_first_not_of(" \t");
      const auto tabs = static_cast<std::size_t>(
          std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(content), '\t'));
      const std::size_t added = tabs * (width_ - 1);
      column = std::max(column, content + added) - added;
    }
    return {file_, line, static_cast<std::uint32_t>(column) + 1};
  }

  // Behind the last character that means something.
  Mark end() const {
    std::uint32_t line = source_.line_count();
    while (line > 1 && source_.line(line).find_first_not_of(" \t") == std::string_view::npos) {
      --line;
    }
    return {file_, line, static_cast<std::uint32_t>(source_.line(line).size()) + 1};
  }

  std::size_t offset(Mark mark) const {
    return std::min(source_.line_start(mark.line) + mark.column - 1, source_.text().size());
  }

 private:
  const Source& source_;
  std::uint32_t file_;
  const std::vector<std::uint32_t>& tab_lines_;
  std::size_t width_;
};

// Hands yaml-cpp's events on, with the positions and the texts of the source.
class Adapter final : public YAML::EventHandler {
 public:
  Adapter(const Source& source, const Repair& repair, Places places, SyntaxEvents& events)
      : source_(source), repair_(repair), places_(places), events_(events) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    events_.on_document(places_.mark(mark));
    // yaml-cpp finds documents without end where it does not understand what follows the first.
    if (++documents_ == 2) throw Enough{};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    events_.on_null(seen(mark), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    events_.on_alias(seen(mark), anchor);
  }

  void OnScalar(const YAML::Mark& at, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    const Mark mark = seen(at);
    if (tag == "!") {
      check_quotes(mark);
    } else if (tag != "?" && !tag.empty()) {
      events_.on_tag(mark);
    }
    events_.on_scalar(mark, anchor, tag == "?" ? original(mark, text) : text, tag == "!");
  }

  void OnSequenceStart(const YAML::Mark& at, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    const Mark mark = open(at, tag, style);
    events_.on_list(mark, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& at, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    const Mark mark = open(at, tag, style);
    events_.on_map(mark, anchor);
  }
  void OnMapEnd() override { close(); }

  // Where the innermost open `{` or `[` stands.
  std::optional<Mark> open_bracket() const {
    for (auto it = open_.rbegin(); it != open_.rend(); ++it) {
      if (it->flow) return it->mark;
    }
    return std::nullopt;
  }
  Mark last() const { return last_; }

 private:
  struct Open {
    Mark mark;
    bool flow;
  };

  Mark seen(const YAML::Mark& mark) { return last_ = places_.mark(mark); }

  Mark open(const YAML::Mark& at, const std::string& tag, YAML::EmitterStyle::value style) {
    const Mark mark = seen(at);
    if (open_.size() >= deepest_nesting) {
      throw SyntaxError{
          mark, "lists and maps are nested more than " + std::to_string(deepest_nesting) + " deep",
          "no pipeline needs that: look for a bracket too many"};
    }
    if (tag != "?" && tag != "!" && !tag.empty()) events_.on_tag(mark);
    open_.push_back({mark, style == YAML::EmitterStyle::Flow});
    return mark;
  }

  void close() {
    open_.pop_back();
    events_.on_end();
  }

  // yaml-cpp takes a quote that the text's end closes.
  void check_quotes(Mark mark) const {
    const std::string& text = source_.text();
    std::size_t at = places_.offset(mark);
    while (at < text.size() && (text[at] == '&' || text[at] == '!')) {
      at = text.find_first_not_of(" \t\r\n", text.find_first_of(" \t\r\n", at));
    }
    if (at >= text.size() || (text[at] != '"' && text[at] != '\'')) return;
    const char quote = text[at];
    for (std::size_t i = at + 1; i < text.size(); ++i) {
      if (quote == '"' && text[i] == '\\') {
        ++i;
      } else if (text[i] == quote) {
        return;
      }
    }
    throw SyntaxError{mark, "this quote is never closed",
                      "close it with another " + std::string(1, quote)};
  }

  // What stood in the source where `${…}` had to be mended.
  std::string original(Mark mark, const std::string& text) const {
    const std::size_t begin = places_.offset(mark);
    auto patch = std::lower_bound(repair_.patches.begin(), repair_.patches.end(), begin,
                                  [](const Patch& a, std::size_t b) { return a.begin < b; });
    if (repair_.text.compare(begin, text.size(), text) != 0) return text;
    std::string result = text;
    for (; patch != repair_.patches.end() && patch->begin < begin + text.size(); ++patch) {
      result.replace(patch->begin - begin, patch->original.size(), patch->original);
    }
    return result;
  }

  const Source& source_;
  const Repair& repair_;
  Places places_;
  SyntaxEvents& events_;
  unsigned documents_ = 0;
  std::vector<Open> open_;
  Mark last_;
};

SyntaxError in_words(const YAML::Exception& error, const Places& places, const Adapter& adapter) {
  const Mark mark = places.mark(error.mark);
  const std::string& text = error.msg;
  const auto is = [&](const char* message) { return text.rfind(message, 0) == 0; };
  if (is(YAML::ErrorMsg::END_OF_MAP_FLOW) || is(YAML::ErrorMsg::END_OF_SEQ_FLOW)) {
    const std::string bracket = is(YAML::ErrorMsg::END_OF_MAP_FLOW) ? "}" : "]";
    const std::optional<Mark> open = adapter.open_bracket();
    if (open && mark == places.end()) {
      return {*open, "this bracket is never closed", "a `" + bracket + "` is missing"};
    }
    return {mark, "a `,` or `" + bracket + "` is missing before this",
            "texts that hold any of {}[], belong in quotes"};
  }
  if (is(YAML::ErrorMsg::FLOW_END)) {
    return {mark, "this bracket closes nothing", "remove it, or put the text in quotes"};
  }
  if (is(YAML::ErrorMsg::MAP_VALUE) || is(YAML::ErrorMsg::MAP_KEY)) {
    return {mark, "no key can stand here",
            "keys of one map begin in one column; a text that holds `: ` belongs in quotes"};
  }
  if (is(YAML::ErrorMsg::END_OF_MAP) || is(YAML::ErrorMsg::END_OF_SEQ)) {
    if (mark.line == adapter.last().line) {
      return {mark, "nothing can stand here, behind a value that is complete",
              "put the whole value in quotes, or begin a new line"};
    }
    return {mark, "this line's indentation fits nothing above it",
            "keys of one map, and dashes of one list, begin in one column"};
  }
  if (is(YAML::ErrorMsg::BLOCK_ENTRY)) {
    return {mark, "a list cannot begin here", "its dashes belong in lines of their own"};
  }
  if (is(YAML::ErrorMsg::UNKNOWN_ANCHOR)) {
    return {mark, "this alias refers to nothing", "`*name` needs an `&name` before it"};
  }
  if (is(YAML::ErrorMsg::UNKNOWN_TOKEN)) {
    return {mark, "no value can begin with this character", "put the text in quotes"};
  }
  if (is(YAML::ErrorMsg::INVALID_ESCAPE)) {
    return {mark, "this is no escape that YAML knows",
            "write \\\\ for a backslash, or use single quotes"};
  }
  return {mark, "this is no YAML: " + text, {}};
}

// A stream over a text that is not copied.
class TextBuffer final : public std::streambuf {
 public:
  explicit TextBuffer(std::string& text) {
    setg(text.data(), text.data(), text.data() + text.size());
  }
};

std::optional<SyntaxError> parse(const Source& source, std::uint32_t file, const Repair& repair,
                                 std::size_t width, SyntaxEvents& events) {
  std::string text = widened(source, repair, width);
  TextBuffer buffer(text);
  std::istream stream(&buffer);
  const Places places(source, file, repair, width);
  Adapter adapter(source, repair, places, events);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(adapter)) {
    }
  } catch (const Enough&) {
    return std::nullopt;
  } catch (const SyntaxError& error) {
    return error;
  } catch (const YAML::Exception& error) {
    return in_words(error, places, adapter);
  } catch (const std::exception& error) {
    return SyntaxError{adapter.last(), std::string("this is no YAML: ") + error.what(), {}};
  }
  return std::nullopt;
}

class Nobody final : public SyntaxEvents {
  void on_document(Mark) override {}
  void on_null(Mark, std::size_t) override {}
  void on_alias(Mark, std::size_t) override {}
  void on_scalar(Mark, std::size_t, std::string, bool) override {}
  void on_list(Mark, std::size_t) override {}
  void on_map(Mark, std::size_t) override {}
  void on_end() override {}
  void on_tag(Mark) override {}
};

}  // namespace

std::optional<SyntaxError> parse_syntax(const Source& source, std::uint32_t file,
                                        const Repair& repair, SyntaxEvents& events) {
  // Nobody knows how wide its author saw a tab; the first width that makes sense will do.
  if (!repair.tab_lines.empty()) {
    Nobody nobody;
    for (const std::size_t width : {2, 4, 8}) {
      if (!parse(source, file, repair, width, nobody)) {
        return parse(source, file, repair, width, events);
      }
    }
  }
  return parse(source, file, repair, 1, events);
}

}  // namespace penstock
