#include "postgres/table.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include "postgres/record.hpp"

namespace penstock::postgres {
namespace {

std::string_view type_of(const Datum& value) {
  switch (value.kind()) {
    case DatumKind::boolean:
      return " boolean";
    case DatumKind::integer:
      return " bigint";
    case DatumKind::real:
      return " double precision";
    case DatumKind::bytes:
      return " bytea";
    case DatumKind::list:
    case DatumKind::map:
      return " jsonb";
    default:
      return " text";
  }
}

unsigned number(std::string_view text) {
  return static_cast<unsigned>(std::stoul(std::string(text)));
}

}  // namespace

std::string Target::place_of(const Connection& connection, std::string_view name) const {
  return (schema.empty() ? "" : connection.quoted(schema) + ".") + connection.quoted(name);
}

std::string list_of(const Connection& connection, const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : ", ") + connection.quoted(name);
  }
  return text;
}

std::optional<Table> Table::describe(Connection& connection, const Target& target) {
  const std::string place = target.place(connection);
  if (connection.execute("SELECT to_regclass($1)", {place}).is_null(0, 0)) return std::nullopt;
  const Answer answer = connection.execute(
      "SELECT attname, atttypid::text, attnotnull, "
      "attnotnull AND NOT atthasdef AND attidentity = '', atttypmod::text "
      "FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped "
      "AND attgenerated = '' ORDER BY attnum",
      {place});
  Table table;
  for (int row = 0; row != answer.rows(); ++row) {
    Column column;
    column.name = answer.text(row, 0);
    column.type = static_cast<SqlType>(number(answer.text(row, 1)));
    column.not_null = answer.text(row, 2) == "t";
    column.needed = answer.text(row, 3) == "t";
    const std::string_view modifier = answer.text(row, 4);
    // The modifier of varchar(n) is n and the four bytes of a header that is no more.
    if (column.type == SqlType::varchar && modifier != "-1")
      column.most_chars = number(modifier) - 4;
    table.columns_.push_back(std::move(column));
  }
  return table;
}

void Table::create(Connection& connection, const Target& target, const Datum& record) {
  std::set<std::string_view> names;
  for (const auto& [name, value] : record.entries()) {
    check_damage(value);
    if (!names.insert(name).second) refuse_twins(name);
  }
  std::string columns;
  const auto add = [&](std::string_view name, const Datum& value) {
    columns +=
        (columns.empty() ? "" : ", ") + connection.quoted(name) + std::string(type_of(value));
  };
  if (target.columns.empty()) {
    for (const auto& [name, value] : record.entries()) add(name, value);
  } else {
    for (const std::string& name : target.columns) add(name, record[name]);
  }
  if (columns.empty()) throw Permanent("a table cannot be made of a record without fields");
  if (!target.key.empty()) columns += ", PRIMARY KEY (" + list_of(connection, target.key) + ")";
  connection.execute("CREATE TABLE IF NOT EXISTS " + target.place(connection) + " (" + columns +
                     ")");
}

void Table::check(Connection& connection, const Target& target) const {
  for (const auto* names : {&target.columns, &target.key}) {
    for (const std::string& name : *names) {
      if (find(name) != nullptr) continue;
      throw Permanent(connection.name() + ": table '" + target.table + "' has no column '" + name +
                      "'");
    }
  }
  if (target.mode == Mode::append) return;
  // Fails if there is no PRIMARY KEY or UNIQUE over just these columns.
  const std::string place = target.place(connection);
  const std::string key = list_of(connection, target.key);
  connection.execute("INSERT INTO " + place + " (" + key + ") SELECT " + key + " FROM " + place +
                     " WHERE false ON CONFLICT (" + key + ") DO NOTHING");
}

const Column* Table::find(std::string_view name) const {
  const auto found =
      std::ranges::find_if(columns_, [&](const Column& column) { return column.name == name; });
  return found != columns_.end() ? &*found : nullptr;
}

}  // namespace penstock::postgres
