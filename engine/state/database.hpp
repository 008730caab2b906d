// A SQLite file as the state folder uses it: rows of which each carries a checksum over its values,
// so that what a disk or a hand has changed is noticed when it is read. One thread at a time. A
// full disk is Status::lack, anything else that goes wrong Status::refused; texts name the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

struct sqlite3;       // NOLINT(readability-identifier-naming): theirs
struct sqlite3_stmt;  // NOLINT(readability-identifier-naming): theirs

namespace penstock {

// Bytes, where a std::string alone is a text.
struct Blob {
  std::string bytes;
  bool operator==(const Blob&) const = default;
};

using Cell = std::variant<std::int64_t, std::string, Blob>;
using Row = std::vector<Cell>;

inline Cell cell(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

// What a row's last column, `sum`, holds: CRC-32 over the values, each with its kind and length.
std::int64_t checksum(const Row& row);

class Database {
 public:
  enum class Mode { read, write };

  // The file has to be there.
  static Result<Database> open(const std::filesystem::path& path, Mode mode);

  Database(Database&& other) noexcept;
  Database& operator=(Database&& other) noexcept;
  ~Database();

  const std::filesystem::path& path() const { return path_; }

  // A statement without values.
  Result<void> execute(const std::string& sql);
  // A statement with a `?` for each value; compiled once.
  Result<void> run(const std::string& sql, const Row& values);
  // INSERT OR REPLACE of a whole row; its checksum is added as the last column.
  Result<void> put(const std::string& table, const Row& values);

  // All rows of a table, without their checksums, which are held against them first; in the order
  // of `order`, a list of columns. `each` may fail.
  Result<void> read(const std::string& table, const std::string& order,
                    const std::function<Result<void>(Row)>& each);
  // All rows of any query.
  Result<void> query(const std::string& sql, const std::function<void(const Row&)>& each);
  // The one value of a query that gives one, with a `?` for each of `values`.
  Result<Cell> value(const std::string& sql, const Row& values = {});

 private:
  explicit Database(std::filesystem::path path) : path_(std::move(path)) {}

  Result<sqlite3_stmt*> statement(const std::string& sql);
  Result<void> bind(sqlite3_stmt* statement, const Row& values);
  Error failure() const;

  std::filesystem::path path_;
  sqlite3* database_ = nullptr;
  std::map<std::string, sqlite3_stmt*> statements_;
};

}  // namespace penstock
