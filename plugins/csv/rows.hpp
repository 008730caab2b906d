// csv.rows: each row of CSV files, or of the standard input, as a record with the fields of the
// header. What is no row goes to `rejects`, and costs no other row: where its quotes are wrong,
// reading goes on at the next line. Fields are read in place and written once.
#pragma once

#include <penstock/plugin.hpp>

#include <optional>

#include "csv/columns.hpp"
#include "files/paths.hpp"
#include "files/reject.hpp"
#include "files/text_window.hpp"

namespace penstock::csv {

class Rows {
 public:
  static constexpr bool reads_input = true;

  files::Paths input;
  std::optional<bool> header;
  std::vector<std::string> columns;
  std::vector<std::string> types{"infer"};
  std::string separator = ",";
  std::string quote = "\"";
  files::OnBad on_bad = files::OnBad::reject;
  Size max_row = 16_MiB;

  struct Place {
    files::TextWindow::Place window;
    std::vector<std::string> columns;  // of the file at hand, once they are known
  };

  void params(Params& p);
  void restore(const Snapshot& snapshot);
  void open(Context& context);
  bool produce(std::size_t want, Emit<Datum>& out, Context& context);
  Snapshot snapshot() const;

 private:
  void check_first_row(Context& context);
  bool take_row(Emit<Datum>& out, Context& context);
  bool take_bad(const std::string& reason, Emit<Datum>& out, Context& context);
  void take_complete(const RowScan& scan, Emit<Datum>& out, Context& context);
  void name_columns(std::string_view first_row);
  bool is_blank() const;
  void reject(std::string_view row, const std::string& reason, Emit<Datum>& out);
  std::string too_long() const;
  bool wants_header() const { return header.value_or(columns.empty()); }
  std::string file() const { return "'" + window_.path() + "'"; }
  std::string place() const { return file() + " line " + std::to_string(window_.line()); }

  Dialect dialect_;
  TypeRules types_;
  files::TextWindow window_;
  std::vector<std::string> restored_;
  Columns columns_;  // none: the first row of the file is still to come
  std::vector<RawField> fields_;
  std::string record_;
  std::size_t emitted_ = 0;  // in this call
};
PENSTOCK_FIELDS(Rows::Place, window, columns)

}  // namespace penstock::csv
