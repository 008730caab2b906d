#include "state/table_rows.hpp"

#include <vector>

#include "state/database.hpp"

namespace penstock {
namespace {

std::string quoted(const std::string& name, char quote) {
  std::string text(1, quote);
  for (const char c : name) text.append(c == quote ? 2 : 1, c);
  return text + quote;
}

std::string text_of(const Cell& cell) {
  if (const auto* number = std::get_if<std::int64_t>(&cell)) return std::to_string(*number);
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  return std::get<Blob>(cell).bytes;
}

}  // namespace

bool is_table_file(std::string_view bytes) {
  return bytes.starts_with(std::string_view("SQLite format 3\0", 16));
}

Result<std::string> table_rows(const std::filesystem::path& path) {
  auto database = Database::open(path, Database::Mode::read);
  if (!database) return database.error();
  std::vector<std::string> tables;
  auto read = database->query(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_' "
      "AND substr(name, 1, 10) <> '_penstock_'",
      [&](const Row& row) { tables.push_back(text_of(row.front())); });
  if (!read) return read.error();
  std::string lines;
  for (const std::string& table : tables) {
    std::string columns;
    read = database->query("SELECT name FROM pragma_table_info(" + quoted(table, '\'') + ")",
                           [&](const Row& row) {
                             if (!columns.empty()) columns += " || ', ' || ";
                             columns += "quote(" + quoted(text_of(row.front()), '"') + ")";
                           });
    if (!read) return read.error();
    read = database->query("SELECT " + columns + " FROM " + quoted(table, '"'),
                           [&](const Row& row) { lines += table + ": " + text_of(row[0]) + '\n'; });
    if (!read) return read.error();
  }
  return lines;
}

}  // namespace penstock
