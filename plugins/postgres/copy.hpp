// COPY of rows into a table, within a transaction that its user has begun. For an upsert the rows
// go into a temporary table, and from there into theirs. What the server refuses comes out as
// Refused, at the end or earlier, and spoils the transaction.
#pragma once

#include <string>
#include <vector>

#include "postgres/table.hpp"

namespace penstock::postgres {

class Copy {
 public:
  // Both outlive it; the table is there.
  Copy(Connection& connection, const Target& target);

  bool under_way() const { return under_way_; }
  // `before` are statements that go with it.
  void begin(const std::vector<std::string>& names, const std::string& before = {});
  void put(std::string_view rows) { connection_.put_copy(rows); }
  // All that was put is in the table.
  void end();

 private:
  std::string merge_sql() const;

  Connection& connection_;
  const Target& target_;
  std::vector<std::string> names_;  // of the columns under way
  bool under_way_ = false;
};

}  // namespace penstock::postgres
