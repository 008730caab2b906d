// The plugin `json`: lines of JSON to items, parts of records, and items to lines of JSON.
#include <penstock/plugin.hpp>

#include "json/lines.hpp"
#include "json/select.hpp"
#include "json/write.hpp"

PENSTOCK_PLUGIN("json", "0.1.0", "reads, selects from and writes JSON") {
  using namespace penstock::json;
  plugin.source<Lines>("lines", "the JSON value on each line of files")
      .output<penstock::files::Reject>("rejects", "what is no JSON: file, line, text, reason");
  plugin.transform<Select>("select", "the fields that are asked for, of the records that are")
      .output<penstock::Datum>("rest", "records that do not meet the conditions");
  plugin.sink<Write>("write", "writes each item as a JSON value on a line of one file");
}
