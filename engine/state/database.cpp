#include "state/database.hpp"

#include <sqlite3.h>

#include <boost/crc.hpp>
#include <cerrno>
#include <utility>

#include "base/fd.hpp"

namespace penstock {
namespace {

constexpr int kPatienceMs = 5'000;  // for somebody who reads the file at the same time

void add(boost::crc_32_type& crc, char kind, const void* bytes, std::uint64_t size) {
  crc.process_byte(static_cast<unsigned char>(kind));
  crc.process_bytes(&size, sizeof size);
  crc.process_bytes(bytes, size);
}

Cell column(sqlite3_stmt* statement, int index) {
  const auto bytes = [&] {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement, index));
    const int size = sqlite3_column_bytes(statement, index);
    return data == nullptr ? std::string() : std::string(data, static_cast<std::size_t>(size));
  };
  switch (sqlite3_column_type(statement, index)) {
    case SQLITE_INTEGER:
      return std::int64_t{sqlite3_column_int64(statement, index)};
    case SQLITE_TEXT:
      return bytes();
    default:  // another kind than was written, which the checksum tells
      return Blob{bytes()};
  }
}

Row columns(sqlite3_stmt* statement) {
  Row row;
  for (int i = 0; i < sqlite3_column_count(statement); ++i) row.push_back(column(statement, i));
  return row;
}

}  // namespace

std::int64_t checksum(const Row& row) {
  boost::crc_32_type crc;
  for (const Cell& value : row) {
    if (const auto* whole = std::get_if<std::int64_t>(&value)) {
      add(crc, 'i', whole, sizeof *whole);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      add(crc, 't', text->data(), text->size());
    } else {
      const std::string& bytes = std::get<Blob>(value).bytes;
      add(crc, 'b', bytes.data(), bytes.size());
    }
  }
  return crc.checksum();
}

Result<Database> Database::open(const std::filesystem::path& path, Mode mode) {
  Database database(path);
  const int flags = mode == Mode::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  const int opened = sqlite3_open_v2(path.c_str(), &database.database_, flags, nullptr);
  if (opened != SQLITE_OK) return database.failure();
  sqlite3_busy_timeout(database.database_, kPatienceMs);
  return database;
}

Database::Database(Database&& other) noexcept
    : path_(std::move(other.path_)),
      database_(std::exchange(other.database_, nullptr)),
      statements_(std::exchange(other.statements_, {})) {}

Database& Database::operator=(Database&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(database_, other.database_);
  std::swap(statements_, other.statements_);
  return *this;
}

Database::~Database() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(database_);
}

Error Database::failure() const {
  const int code = sqlite3_errcode(database_);
  const bool lack = code == SQLITE_FULL || code == SQLITE_IOERR || code == SQLITE_NOMEM;
  std::string text = path_.string() + ": " + sqlite3_errmsg(database_);
  const int cause = errno;  // as the failed call has left it: SQLite forgets it when it rolls back
  if (code == SQLITE_IOERR && cause != 0) text += ": " + errno_text(cause);
  return Error(lack ? Status::lack : Status::refused, text);
}

Result<void> Database::execute(const std::string& sql) {
  errno = 0;
  if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return failure();
  }
  return {};
}

Result<sqlite3_stmt*> Database::statement(const std::string& sql) {
  sqlite3_stmt*& known = statements_[sql];
  if (known == nullptr &&
      sqlite3_prepare_v2(database_, sql.c_str(), -1, &known, nullptr) != SQLITE_OK) {
    return failure();
  }
  sqlite3_reset(known);
  return known;
}

Result<void> Database::bind(sqlite3_stmt* statement, const Row& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const int place = static_cast<int>(i) + 1;
    int bound = SQLITE_OK;
    if (const auto* whole = std::get_if<std::int64_t>(&values[i])) {
      bound = sqlite3_bind_int64(statement, place, *whole);
    } else if (const auto* text = std::get_if<std::string>(&values[i])) {
      bound = sqlite3_bind_text64(statement, place, text->data(), text->size(), SQLITE_STATIC,
                                  SQLITE_UTF8);
    } else {
      const std::string& bytes = std::get<Blob>(values[i]).bytes;
      bound = sqlite3_bind_blob64(statement, place, bytes.data(), bytes.size(), SQLITE_STATIC);
    }
    if (bound != SQLITE_OK) return failure();
  }
  return {};
}

Result<void> Database::run(const std::string& sql, const Row& values) {
  const auto prepared = statement(sql);
  if (!prepared) return prepared.error();
  if (auto bound = bind(*prepared, values); !bound) return bound;
  errno = 0;
  const int stepped = sqlite3_step(*prepared);
  const bool done = stepped == SQLITE_DONE || stepped == SQLITE_ROW;
  const Result<void> result = done ? Result<void>() : Result<void>(failure());
  sqlite3_reset(*prepared);
  return result;
}

Result<void> Database::put(const std::string& table, const Row& values) {
  Row row = values;
  row.emplace_back(checksum(values));
  std::string places = "?";
  for (std::size_t i = 1; i < row.size(); ++i) places += ", ?";
  return run("INSERT OR REPLACE INTO " + table + " VALUES (" + places + ")", row);
}

Result<void> Database::read(const std::string& table, const std::string& order,
                            const std::function<Result<void>(Row)>& each) {
  const auto prepared = statement("SELECT rowid, * FROM " + table + " ORDER BY " + order);
  if (!prepared) return prepared.error();
  int stepped = sqlite3_step(*prepared);
  for (; stepped == SQLITE_ROW; stepped = sqlite3_step(*prepared)) {
    Row row = columns(*prepared);
    const std::int64_t rowid = std::get<std::int64_t>(row.front());
    const Cell sum = row.back();
    row.erase(row.begin());
    row.pop_back();
    if (sum != Cell(checksum(row))) {
      sqlite3_reset(*prepared);
      return Error(Status::refused, path_.string() + ": damaged: row " + std::to_string(rowid) +
                                        " of table `" + table + "` is not what was written");
    }
    if (auto used = each(std::move(row)); !used) {
      sqlite3_reset(*prepared);
      return used;
    }
  }
  const Result<void> result = stepped == SQLITE_DONE ? Result<void>() : Result<void>(failure());
  sqlite3_reset(*prepared);
  return result;
}

Result<void> Database::query(const std::string& sql, const std::function<void(const Row&)>& each) {
  const auto prepared = statement(sql);
  if (!prepared) return prepared.error();
  int stepped = sqlite3_step(*prepared);
  for (; stepped == SQLITE_ROW; stepped = sqlite3_step(*prepared)) each(columns(*prepared));
  const Result<void> result = stepped == SQLITE_DONE ? Result<void>() : Result<void>(failure());
  sqlite3_reset(*prepared);
  return result;
}

Result<Cell> Database::value(const std::string& sql, const Row& values) {
  const auto prepared = statement(sql);
  if (!prepared) return prepared.error();
  if (auto bound = bind(*prepared, values); !bound) return bound.error();
  const int stepped = sqlite3_step(*prepared);
  Result<Cell> result =
      stepped == SQLITE_ROW ? Result<Cell>(column(*prepared, 0)) : Result<Cell>(failure());
  sqlite3_reset(*prepared);
  return result;
}

}  // namespace penstock
