// sqlite.insert: each record as a row of a table. The rows of an epoch and the epoch's number are
// one transaction, so that after any death the database holds each row once. A row that the
// database refuses fails its item and leaves no trace; the others stay. What is not the item's
// fault, such as a lock that another process holds, fails the commit: then all rows since the last
// one come again.
#pragma once

#include <penstock/plugin.hpp>

#include <exception>
#include <optional>
#include <string>

#include "sqlite/epochs.hpp"
#include "sqlite/row_writer.hpp"

namespace penstock::sqlite {

class Insert {
 public:
  static constexpr bool atomic_run = true;

  std::string database;
  Target target;
  bool create = false;
  bool wal = true;
  std::chrono::milliseconds busy_timeout{5000};

  void params(Params& p);
  Epoch open(Epoch last, const Snapshot& at, Context& context);
  void run(const Datum& record);
  Snapshot commit(Epoch epoch);

 private:
  void configure();
  void write(const Datum& record);
  void begin();
  void roll_back();

  Database database_;
  Epochs epochs_;
  std::optional<RowWriter> writer_;
  bool table_is_there_ = false;
  std::uint64_t rows_ = 0;      // in the transaction
  std::exception_ptr trouble_;  // why the rows since the last epoch cannot be committed
};

}  // namespace penstock::sqlite
