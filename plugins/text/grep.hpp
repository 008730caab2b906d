// text.grep: passes on the texts in which a pattern is found; the others go to the output
// `rejects`. The pattern is a regular expression in the grammar of ECMAScript; one without special
// characters is searched for as it is. Found texts are passed on without a copy.
#pragma once

#include <penstock/plugin.hpp>

#include <optional>
#include <regex>
#include <string>
#include <string_view>

namespace penstock::text {

class Grep {
 public:
  std::string pattern;
  bool invert = false;
  bool ignore_case = false;

  void params(Params& p);
  void open();
  void run(std::string_view text, Emit<std::string_view>& out);

 private:
  bool found_in(std::string_view text) const;

  bool literal_ = false;
  std::regex expression_;
  // For long texts: slower, but the stack does not grow with the text. A pattern with a
  // back-reference has none.
  std::optional<std::regex> flat_expression_;
};

}  // namespace penstock::text
