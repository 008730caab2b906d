// Where a row of CSV (RFC 4180) ends, and the fields in it. What is a mistake there and what is
// not:
//   a row ends with LF or CRLF, the last one also with the text; within quotes both are content
//   within quotes a doubled quote stands for one; behind the closing one the field ends
//   a quote within a field that does not begin with one is content
// Fields are views on the text. Never fails: a bad row is an answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "csv/dialect.hpp"

namespace penstock::csv {

struct RawField {
  std::string_view text;  // without the quotes around it
  bool quoted = false;
  bool doubled = false;  // has doubled quotes in it
};

struct RowScan {
  enum class State : std::uint8_t {
    complete,
    unfinished,  // it goes on behind the text
    bad
  };
  State state = State::complete;
  std::size_t size = 0;  // of a complete row, its end included
  std::size_t lines = 1;
  const char* reason = "";  // of a bad one
};

// Reads the row that `text`, which is not empty, begins with. `whole`: nothing follows the text.
RowScan scan_row(std::string_view text, bool whole, const Dialect& dialect,
                 std::vector<RawField>& fields);

// The content of a field; `scratch` holds it where it is not in the text just so.
std::string_view content_of(const RawField& field, const Dialect& dialect, std::string& scratch);

// A row without its end.
std::string_view without_end(std::string_view row);

}  // namespace penstock::csv
