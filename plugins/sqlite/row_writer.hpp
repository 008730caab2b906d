// Writes records as rows of one table: the fields of a record are the columns of its row, unless
// columns are named. Keeps one prepared statement for each set of fields that comes. A row that is
// refused throws Permanent with SQLite's words and leaves nothing behind.
#pragma once

#include <penstock/datum.hpp>
#include <penstock/fields.hpp>

#include <map>
#include <string>
#include <vector>

#include "sqlite/database.hpp"
#include "sqlite/statement.hpp"

namespace penstock::sqlite {

enum class Mode { append, upsert };
PENSTOCK_ENUM(Mode, append, upsert)

struct Target {
  std::string table;
  Mode mode = Mode::append;
  std::vector<std::string> key;      // upsert: the columns that say which row is replaced
  std::vector<std::string> columns;  // empty: the fields of each record
};

class RowWriter {
 public:
  // Both outlive it.
  RowWriter(const Database& database, const Target& target)
      : database_(database), target_(target) {}

  // Throws Permanent if the table, which is there, is not made for what it is to take.
  void check() const;
  // Creates the table with columns of the types that this record has.
  void create_table(const Datum& record) const;
  void write(const Datum& record);

 private:
  struct Shape {
    std::vector<std::string> names;
    Statement insert;
  };

  void write_fields(const Datum& record);
  void write_columns(const Datum& record);
  bool bind_all(Shape& shape, const Datum& record) const;
  Shape& shape_of(const Datum& record);
  std::string insert_sql(const std::vector<std::string>& names) const;

  const Database& database_;
  const Target& target_;
  std::map<std::vector<std::string>, Shape> shapes_;
  Shape* current_ = nullptr;  // of the record before
  std::vector<bool> given_;   // which of `columns` the record at hand has had
};

}  // namespace penstock::sqlite
