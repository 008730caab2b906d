// Makes rows of records and sends them: the fields of a record are the columns of its row, unless
// columns are named. What is sent is kept until it is committed, so that the rows that the server
// refuses can be found. A record that cannot be a row at all, and a row that is known to be
// refused, throws Permanent and leaves nothing behind; what throws Refused are the rows before.
#pragma once

#include <string>
#include <vector>

#include "postgres/batch.hpp"
#include "postgres/copy.hpp"

namespace penstock::postgres {

class RowStream {
 public:
  // The first two outlive it.
  RowStream(Connection& connection, const Target& target, Table table);

  // What is known of the rows that come next. Those behind them, up to the next commit, are sent
  // one by one, lest another bad one make it fail again.
  void expect(Verdict known) { known_ = std::move(known); }

  void write(const Datum& record);
  bool empty() const { return batch_.rows.empty(); }
  // Everything that was written is in the table.
  void flush();
  void committed();

  // After a transaction that was rolled back.
  Verdict try_rows();

 private:
  void add(const Datum& record);
  void add_alone(const Datum& record);
  void gather(const Datum& record);
  bool gather_fields(const Datum& record);
  void gather_columns(const Datum& record);
  void take_shape(const std::vector<std::string>& names);
  std::vector<const Column*> columns_of(const std::vector<std::string>& names) const;
  void check_known(std::string_view row);
  void send();

  Connection& connection_;
  const Target& target_;
  const Table table_;
  Copy copy_;
  Batch batch_;
  std::size_t sent_ = 0;  // of the batch's text
  Verdict known_;
  std::uint64_t seen_ = 0;  // rows of those that are known

  std::vector<std::vector<const Column*>> columns_;  // of each shape of the batch
  std::size_t shape_ = 0;                            // of the record at hand
  std::vector<Datum> values_;                        // of the record at hand, column by column
  std::vector<bool> given_;                          // which of `columns` it has had
};

}  // namespace penstock::postgres
