// The plugin `table`: records as rows of tables.
#include <penstock/plugin.hpp>

#include "table/aggregate.hpp"
#include "table/join.hpp"

PENSTOCK_PLUGIN("table", "0.1.0", "records as rows of tables: joins and totals by group") {
  using namespace penstock::table;
  plugin.stateful<Join>("join", "pairs of records from two inputs that agree in some fields")
      .input<&Join::left>("left", "records; their fields come first")
      .input<&Join::right>("right", "records to be found for those of the left");
  plugin.stateful<Aggregate>("aggregate", "counts, sums and extremes of each group of records")
      .output<penstock::Datum>("rejects",
                               "records in which a field is missing, or no number where it is "
                               "one that is added up or compared");
}
