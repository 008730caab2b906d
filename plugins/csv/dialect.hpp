// The characters that a kind of CSV has.
#pragma once

#include <penstock/errors.hpp>

#include <string>

namespace penstock::csv {

struct Dialect {
  char separator = ',';
  char quote = '"';
  bool quoted = true;  // false: a quote is a character like any other

  // From parameters; an empty `quote` is none. Throws Permanent if they do not go together.
  static Dialect from(const std::string& separator, const std::string& quote) {
    Dialect dialect;
    dialect.separator = character("separator", separator);
    dialect.quoted = !quote.empty();
    if (dialect.quoted) dialect.quote = character("quote", quote);
    if (dialect.quoted && dialect.quote == dialect.separator) {
      throw Permanent("separator and quote are the same character");
    }
    return dialect;
  }

 private:
  static char character(const char* parameter, const std::string& text) {
    const std::string given = text == "\\t" ? "\t" : text;
    if (given.size() != 1 || given == "\n" || given == "\r") {
      throw Permanent(std::string(parameter) + " is '" + text +
                      "': it has to be one character of ASCII, and no line end");
    }
    return given.front();
  }
};

}  // namespace penstock::csv
