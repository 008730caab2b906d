// The plugin `postgres`: reads rows of a PostgreSQL database, and writes items as rows.
#include <penstock/plugin.hpp>

#include "postgres/insert.hpp"
#include "postgres/rows.hpp"

PENSTOCK_PLUGIN("postgres", "0.1.0", "reads and writes PostgreSQL databases") {
  using namespace penstock::postgres;
  plugin.source<Rows>("rows", "the rows of a table or a query, each as a record");
  plugin.sink<Insert>("insert", "writes each record as a row of a table, exactly once");
}
