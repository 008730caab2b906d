#include "text/grep.hpp"

#include <cstring>

namespace penstock::text {
namespace {

// The standard library's matcher recurses for each character of a repetition: a longer text could
// overflow the stack.
constexpr std::size_t longest_recursion = 4096;

}  // namespace

void Grep::params(Params& p) {
  p.required("pattern", pattern, "regular expression (ECMAScript) to be found in a text");
  p.optional("invert", invert, "pass on the texts in which it is not found");
  p.optional("ignore_case", ignore_case, "take ASCII letters of both cases as equal");
}

void Grep::open() {
  literal_ = !ignore_case && pattern.find_first_of("^$\\.*+?()[]{}|") == pattern.npos;
  if (literal_) return;
  auto flags = std::regex::ECMAScript | std::regex::optimize | std::regex::nosubs;
  if (ignore_case) flags |= std::regex::icase;
  try {
    expression_.assign(pattern, flags);
  } catch (const std::regex_error& error) {
    throw Permanent("'" + pattern + "' is no regular expression: " + error.what());
  }
#if defined(__GLIBCXX__)
  try {
    flat_expression_.emplace(pattern, flags | std::regex_constants::__polynomial);
  } catch (const std::regex_error&) {
    flat_expression_.reset();
  }
#endif
}

bool Grep::found_in(std::string_view text) const {
  if (literal_) {
    return pattern.empty() ||
           ::memmem(text.data(), text.size(), pattern.data(), pattern.size()) != nullptr;
  }
  const char* begin = text.data();
  const char* end = begin + text.size();
  if (text.size() <= longest_recursion) return std::regex_search(begin, end, expression_);
  if (!flat_expression_) {
    throw Permanent("a text of " + std::to_string(text.size()) +
                    " bytes is too long for a pattern with a back-reference; the limit is " +
                    std::to_string(longest_recursion));
  }
  return std::regex_search(begin, end, *flat_expression_);
}

void Grep::run(std::string_view text, Emit<std::string_view>& out) {
  if (found_in(text) != invert) {
    out(text);
  } else {
    out.to("rejects")(text);
  }
}

}  // namespace penstock::text
