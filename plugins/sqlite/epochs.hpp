// The table `_penstock_epochs` of a database: one row for each writer (a sink's instance in one
// run, see Context::instance_id) with the last epoch that it has committed. The row changes in the
// transaction that writes the epoch's rows, so the two cannot part.
#pragma once

#include <penstock/snapshot.hpp>

#include <string>

#include "sqlite/database.hpp"
#include "sqlite/statement.hpp"

namespace penstock::sqlite {

class Epochs {
 public:
  Epochs() = default;
  Epochs(const Database& database, std::string_view writer)
      : database_(&database), writer_(writer) {}

  // The epoch that the database holds. `last` is what the engine knows of: where it knows of one
  // and the database of none, this throws Permanent.
  Epoch held(Epoch last) const;

  // Within the transaction that is to become this epoch.
  void mark(Epoch epoch);

 private:
  void prepare();

  const Database* database_ = nullptr;
  std::string writer_;
  std::optional<Statement> mark_;
};

}  // namespace penstock::sqlite
