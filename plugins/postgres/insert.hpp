// postgres.insert: each record as a row of a table. The rows of an epoch and the epoch's number are
// one transaction, so that after any death the database holds each row once.
//
// Rows are sent by COPY, and the server says at the end of an epoch whether it takes them. If it
// does not, the commit finds out which rows it refuses, leaves word of them, and fails: all rows
// since the last commit come again, and now the bad ones fail as the items that they are made of.
// What is not an item's fault, such as a lost connection, fails the commit, too.
#pragma once

#include <penstock/plugin.hpp>

#include <exception>
#include <optional>
#include <string>

#include "postgres/epochs.hpp"
#include "postgres/row_stream.hpp"

namespace penstock::postgres {

class Insert {
 public:
  static constexpr bool atomic_run = true;

  std::string connection;
  Target target;
  bool create = false;
  std::chrono::milliseconds reconnect{30'000};

  void params(Params& p);
  Epoch open(Epoch last, const Snapshot& at, Context& context);
  void run(const Datum& record);
  Snapshot commit(Epoch epoch);

 private:
  void begin(const Datum* record);
  void prepare(const Datum* record);
  void roll_back();
  [[noreturn]] void report(const Refused& refused);

  Connection link_;
  Epochs epochs_;
  std::optional<RowStream> stream_;  // none: the table is not there
  bool in_transaction_ = false;
  std::exception_ptr trouble_;  // why the rows since the last epoch cannot be committed
};

}  // namespace penstock::postgres
