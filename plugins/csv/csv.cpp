// The plugin `csv`: comma-separated values (RFC 4180) to records, and back.
#include <penstock/plugin.hpp>

#include "csv/rows.hpp"
#include "csv/write.hpp"

PENSTOCK_PLUGIN("csv", "0.1.0", "reads and writes comma-separated values") {
  using namespace penstock::csv;
  plugin.source<Rows>("rows", "the rows of CSV files, as records")
      .output<penstock::files::Reject>("rejects", "what is no row: file, line, text, reason");
  plugin.sink<Write>("write", "writes each record as a row of one CSV file");
}
