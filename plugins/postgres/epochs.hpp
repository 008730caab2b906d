// The table `_penstock_epochs` of a database: one row for each writer (a sink's instance in one
// run, see Context::instance_id) with the last epoch that it has committed and who holds the pen.
// The row changes in the transaction that writes the epoch's rows, so the two cannot part; and
// whoever takes the pen waits for a commit of its predecessor that is still under way at the
// server, and from then on none of it can succeed.
#pragma once

#include <penstock/snapshot.hpp>

#include <string>

#include "postgres/batch.hpp"
#include "postgres/table.hpp"

namespace penstock::postgres {

class Epochs {
 public:
  Epochs() = default;
  Epochs(Connection& connection, const Target& target, std::string_view writer);

  // Takes the pen; answers the epoch that the database holds. `last` is what the engine knows of:
  // where it knows of one and the database of none, this throws Permanent.
  Epoch take_over(Epoch last);

  // What the predecessor has found out about the rows that come next.
  Verdict verdict() const;
  // Leaves it to the successor. Outside of a transaction.
  void leave(const Verdict& verdict);

  // Within the transaction that is to become this epoch. Throws Permanent if the pen was taken.
  void mark(Epoch epoch);

 private:
  void create_table();

  Connection* connection_ = nullptr;
  std::string table_;  // as SQL
  std::string writer_;
  std::string holder_;
};

}  // namespace penstock::postgres
