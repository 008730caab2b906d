// A prepared statement. It belongs to one connection, which has to outlive it. What is bound is not
// copied: it has to live until the statement has been stepped and reset.
#pragma once

#include <penstock/datum.hpp>

#include <memory>
#include <string>
#include <string_view>

#include "sqlite/database.hpp"

namespace penstock::sqlite {

class Statement {
 public:
  Statement() = default;
  // Throws Permanent if this is not one SQL statement.
  Statement(const Database& database, std::string_view sql);

  // True: a row is there. After false or a failure it can be stepped anew. A failure is told with
  // `action`, or else with the SQL.
  bool step(std::string_view action = {});
  void reset() { sqlite3_reset(handle()); }

  void bind(int parameter, std::string_view text);
  void bind(int parameter, std::int64_t number);
  // Lists and maps as JSON; booleans as 0 and 1. Throws Permanent for what SQLite cannot hold.
  void bind(int parameter, const Datum& value);
  void unbind() { sqlite3_clear_bindings(handle()); }  // all null again

  bool only_reads() const { return sqlite3_stmt_readonly(handle()) != 0; }
  int columns() const { return sqlite3_column_count(handle()); }
  std::string_view name(int column) const { return sqlite3_column_name(handle(), column); }
  std::string_view text(int column) const {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(handle(), column));
    return text != nullptr ? std::string_view(text) : std::string_view();
  }
  std::int64_t integer(int column) const { return sqlite3_column_int64(handle(), column); }
  bool is_null(int column) const { return sqlite3_column_type(handle(), column) == SQLITE_NULL; }
  // Appends the value of a column of the row at hand.
  void append(CborWriter& out, int column) const;

 private:
  struct Finalizer {
    void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
  };

  sqlite3_stmt* handle() const { return handle_.get(); }
  void check(int result, int parameter) const;

  const Database* database_ = nullptr;
  std::unique_ptr<sqlite3_stmt, Finalizer> handle_;
  std::string nested_;  // JSON of what is bound
};

}  // namespace penstock::sqlite
