// csv.write: each record as a row of one CSV file, or of the standard output. The columns are given
// or those of the first record, and part of what a commit answers: a successor goes on with them.
// The file grows as files.write's does, and what was written after the last commit is cut off.
#pragma once

#include <penstock/plugin.hpp>

#include <string>
#include <unordered_map>
#include <vector>

#include "csv/cell_writer.hpp"
#include "files/row_output.hpp"

namespace penstock::csv {

enum class Extra { fail, ignore };
PENSTOCK_ENUM(Extra, fail, ignore)
enum class LineEnd { lf, crlf };
PENSTOCK_ENUM(LineEnd, lf, crlf)

class Write {
 public:
  static constexpr bool rolls_back = true;

  std::string path;
  std::vector<std::string> columns;
  bool header = true;
  std::string separator = ",";
  Quoting quoting = Quoting::minimal;
  LineEnd line_end = LineEnd::lf;
  Extra extra = Extra::fail;

  struct Place {
    std::int64_t offset = 0;
    std::vector<std::string> columns;
  };

  void params(Params& p);
  Epoch open(Epoch last, const Snapshot& at, Context& context);
  void run(const Datum& record);
  Snapshot commit(Epoch epoch);
  void finish(Context& context);
  void close() { output_.close(); }

 private:
  void number_columns();
  void add_header();
  void place_cells(const Datum& record);
  std::size_t place_of(std::string_view name, const Datum& value) const;
  void append_row(std::string& out);
  void end_row(std::string& out) const;

  files::RowOutput output_;
  CellWriter cells_;
  std::unordered_map<std::string_view, std::size_t> places_;  // of the columns, by their names
  std::vector<Datum> row_;
};
PENSTOCK_FIELDS(Write::Place, offset, columns)

}  // namespace penstock::csv
