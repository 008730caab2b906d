// How a value is written into a row of CSV.
//
//   null    nothing
//   text    itself; bytes base64; numbers and bools as in JSON, a float that is no number as nan,
//           inf or -inf; what is nested is JSON
//
// Quotes stand around it where it holds the separator, a quote (which is doubled) or a line end:
//
//   minimal   only there       text   around all text       all   around everything
#pragma once

#include <penstock/datum.hpp>
#include <penstock/fields.hpp>

#include <string>
#include <string_view>

namespace penstock::csv {

enum class Quoting { minimal, text, all };
PENSTOCK_ENUM(Quoting, minimal, text, all)

class CellWriter {
 public:
  CellWriter() = default;
  CellWriter(char separator, Quoting quoting) : separator_(separator), quoting_(quoting) {}

  // Throws Malformed if the value is damaged.
  void append(std::string& out, const Datum& value);
  void append_text(std::string& out, std::string_view text);  // as a value of text

  char separator() const { return separator_; }

 private:
  void append_content(std::string& out, std::string_view content, bool quoted) const;

  char separator_ = ',';
  Quoting quoting_ = Quoting::minimal;
  std::string scratch_;
};

}  // namespace penstock::csv
