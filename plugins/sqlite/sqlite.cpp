// The plugin `sqlite`: reads rows of an SQLite database, and writes items as rows.
#include <penstock/plugin.hpp>

#include "sqlite/insert.hpp"
#include "sqlite/rows.hpp"

PENSTOCK_PLUGIN("sqlite", "0.1.0", "reads and writes SQLite databases") {
  using namespace penstock::sqlite;
  plugin.source<Rows>("rows", "the rows of a table or a query, each as a record");
  plugin.sink<Insert>("insert", "writes each record as a row of a table, exactly once");
}
