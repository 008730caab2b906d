// table.aggregate: one record for each group of records that agree in the fields `by`, with how
// many there are and the sums, extremes and means of other fields. They come when all records have
// been taken, in the order of their groups. A record in which one of the fields is missing, null,
// or no finite number where it is one to be added up or compared, goes to the output `rejects` as
// it is and counts nowhere; where a field is in no record at all, a warning says so. Holds the
// groups, not the records.
#pragma once

#include <penstock/plugin.hpp>

#include <string>
#include <unordered_map>
#include <vector>

#include "table/field_finder.hpp"
#include "table/tally.hpp"

namespace penstock::table {

class Aggregate {
 public:
  std::vector<std::string> by;
  std::string count = "count";
  std::vector<std::string> sum;
  std::vector<std::string> min;
  std::vector<std::string> max;
  std::vector<std::string> mean;

  void params(Params& p);
  void open();
  void run(const Datum& record, Emit<Datum>& out);
  void finish(Emit<Datum>& out, Context& context);

  Snapshot snapshot() const;
  void restore(const Snapshot& snapshot);

 private:
  struct Group {
    std::string values;  // of the fields `by`, encoded as they first came
    std::uint64_t count = 0;
    std::vector<Tally> tallies;
  };
  // A field of what is emitted that is made from a tally.
  struct Column {
    std::string name;
    std::size_t tally;
    enum class What { sum, min, max, mean } what;
  };

  void add_columns(const std::vector<std::string>& fields, const char* prefix, Column::What what);
  void check_names() const;
  bool complete() const;
  void note_absent(const Datum& record);
  std::string_view record_of(const Group& group);

  FieldFinder fields_;  // those of `by`, then those with tallies
  std::size_t first_tally_ = 0;
  std::vector<Column> columns_;
  std::unordered_map<std::string, Group> groups_;  // by the sort key of the fields `by`
  std::vector<std::string> absent_;  // while there is no group: fields that no record has had
  std::string example_;              // the fields of the first record of those
  std::string key_;
  std::string made_;
};

}  // namespace penstock::table
