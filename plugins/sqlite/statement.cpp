#include "sqlite/statement.hpp"

#include <penstock/json.hpp>

namespace penstock::sqlite {
namespace {

bool is_blank(std::string_view sql) {
  return sql.find_first_not_of(" \t\r\n;") == sql.npos;
}

}  // namespace

Statement::Statement(const Database& database, std::string_view sql) : database_(&database) {
  sqlite3_stmt* prepared = nullptr;
  const char* tail = nullptr;
  const int result = sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &prepared, &tail);
  handle_.reset(prepared);
  if (result != SQLITE_OK) database.fail(sql);
  if (prepared == nullptr || !is_blank({tail, sql.data() + sql.size()})) {
    throw Permanent("'" + database.path() +
                    "': one SQL statement is wanted, not: " + std::string(sql));
  }
}

bool Statement::step(std::string_view action) {
  switch (sqlite3_step(handle())) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      reset();
      return false;
    default:
      break;
  }
  try {
    database_->fail(action.empty() ? sqlite3_sql(handle()) : action);
  } catch (...) {
    reset();
    throw;
  }
}

void Statement::check(int result, int parameter) const {
  if (result != SQLITE_OK) database_->fail("value " + std::to_string(parameter));
}

void Statement::bind(int parameter, std::string_view text) {
  check(sqlite3_bind_text64(handle(), parameter, text.data() != nullptr ? text.data() : "",
                            text.size(), SQLITE_STATIC, SQLITE_UTF8),
        parameter);
}

void Statement::bind(int parameter, std::int64_t number) {
  check(sqlite3_bind_int64(handle(), parameter, number), parameter);
}

void Statement::bind(int parameter, const Datum& value) {
  switch (value.kind()) {
    case DatumKind::null:
      return check(sqlite3_bind_null(handle(), parameter), parameter);
    case DatumKind::boolean:
      return bind(parameter, std::int64_t{value.boolean()});
    case DatumKind::integer: {
      const std::optional<std::int64_t> number = value.number().to_signed();
      if (!number) throw Permanent("a number is beyond the 64 bits with a sign that SQLite holds");
      return bind(parameter, *number);
    }
    case DatumKind::real:
      return check(sqlite3_bind_double(handle(), parameter, value.real()), parameter);
    case DatumKind::text:
      return bind(parameter, value.text());
    case DatumKind::bytes: {
      const Bytes bytes = value.bytes();
      const int result = bytes.empty() ? sqlite3_bind_zeroblob(handle(), parameter, 0)
                                       : sqlite3_bind_blob64(handle(), parameter, bytes.data(),
                                                             bytes.size(), SQLITE_STATIC);
      return check(result, parameter);
    }
    case DatumKind::list:
    case DatumKind::map: {
      nested_.clear();
      if (!write_json(nested_, value)) throw Malformed("a value is damaged or nested too deeply");
      return check(sqlite3_bind_text64(handle(), parameter, nested_.data(), nested_.size(),
                                       SQLITE_TRANSIENT, SQLITE_UTF8),
                   parameter);
    }
    case DatumKind::malformed:
      throw Malformed("a value is damaged: " + std::string(value.error()));
  }
}

void Statement::append(CborWriter& out, int column) const {
  const auto size = [&] {
    return static_cast<std::size_t>(sqlite3_column_bytes(handle(), column));
  };
  switch (sqlite3_column_type(handle(), column)) {
    case SQLITE_INTEGER:
      return out.integer(sqlite3_column_int64(handle(), column));
    case SQLITE_FLOAT:
      return out.real(sqlite3_column_double(handle(), column));
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(handle(), column));
      if (text == nullptr) database_->fail("a value of text");
      return out.text({text, size()});
    }
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const std::byte*>(sqlite3_column_blob(handle(), column));
      return out.bytes({bytes, size()});
    }
    default:
      return out.null();
  }
}

}  // namespace penstock::sqlite
