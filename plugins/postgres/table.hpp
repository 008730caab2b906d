// What the server says about a table: its columns, as far as it matters for writing rows.
#pragma once

#include <penstock/fields.hpp>

#include <optional>
#include <string>
#include <vector>

#include "postgres/column.hpp"
#include "postgres/connection.hpp"

namespace penstock::postgres {

enum class Mode { append, upsert };
PENSTOCK_ENUM(Mode, append, upsert)

struct Target {
  std::string schema;  // empty: by the server's search path
  std::string table;
  Mode mode = Mode::append;
  std::vector<std::string> key;      // upsert: the columns that say which row is replaced
  std::vector<std::string> columns;  // empty: the fields of each record

  // As SQL, of a table of that name in the same schema.
  std::string place_of(const Connection& connection, std::string_view name) const;
  std::string place(const Connection& connection) const { return place_of(connection, table); }
};

class Table {
 public:
  // Nothing if there is no such table.
  static std::optional<Table> describe(Connection& connection, const Target& target);
  // Creates it with columns of the types that this record has.
  static void create(Connection& connection, const Target& target, const Datum& record);

  // Throws Permanent if the table is not made for what it is to take.
  void check(Connection& connection, const Target& target) const;

  const Column* find(std::string_view name) const;
  const std::vector<Column>& columns() const { return columns_; }

 private:
  std::vector<Column> columns_;
};

std::string list_of(const Connection& connection, const std::vector<std::string>& names);

}  // namespace penstock::postgres
