#include "sqlite/row_writer.hpp"

#include <algorithm>

namespace penstock::sqlite {
namespace {

constexpr std::size_t most_shapes = 64;

std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + in_quotes(name);
  return text;
}

std::string_view type_of(const Datum& value) {
  switch (value.kind()) {
    case DatumKind::boolean:
    case DatumKind::integer:
      return " INTEGER";
    case DatumKind::real:
      return " REAL";
    case DatumKind::bytes:
      return " BLOB";
    case DatumKind::null:
      return "";  // takes anything as it is
    default:
      return " TEXT";
  }
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

[[noreturn]] void refuse_twins(std::string_view name) {
  throw Permanent("the record has two fields called '" + std::string(name) + "'");
}

void check_damage(const Datum& value) {
  if (value.kind() != DatumKind::malformed) return;
  throw Malformed("the item is damaged: " + std::string(value.error()));
}

void check_record(const Datum& record) {
  if (record.kind() == DatumKind::map) return;
  check_damage(record);
  throw Permanent("a row is made of a record, and this item is " +
                  std::string(to_string(record.kind())));
}

}  // namespace

void RowWriter::check() const {
  if (target_.mode == Mode::upsert) {
    // Fails if there is no PRIMARY KEY or UNIQUE over just these columns.
    std::string sql =
        "INSERT INTO " + in_quotes(target_.table) + " (" + list_of(target_.key) + ") VALUES (?1";
    for (std::size_t i = 2; i <= target_.key.size(); ++i) sql += ", ?" + std::to_string(i);
    Statement(database_, sql + ") ON CONFLICT (" + list_of(target_.key) + ") DO NOTHING");
  }
  if (!target_.columns.empty()) Statement(database_, insert_sql(target_.columns));
}

void RowWriter::create_table(const Datum& record) const {
  check_record(record);
  std::string columns;
  const auto add = [&](std::string_view name, const Datum& value) {
    columns += (columns.empty() ? "" : ", ") + in_quotes(name) + std::string(type_of(value));
  };
  if (target_.columns.empty()) {
    for (const auto& [name, value] : record.entries()) {
      check_damage(value);
      add(name, value);
    }
  } else {
    for (const std::string& name : target_.columns) add(name, record[name]);
  }
  if (columns.empty()) throw Permanent("a table cannot be made of a record without fields");
  if (!target_.key.empty()) columns += ", PRIMARY KEY (" + list_of(target_.key) + ")";
  database_.execute("CREATE TABLE IF NOT EXISTS " + in_quotes(target_.table) + " (" + columns +
                    ")");
}

void RowWriter::write(const Datum& record) {
  check_record(record);
  target_.columns.empty() ? write_fields(record) : write_columns(record);
}

void RowWriter::write_fields(const Datum& record) {
  if (current_ == nullptr || !bind_all(*current_, record)) {
    current_ = &shape_of(record);
    bind_all(*current_, record);
  }
  current_->insert.step("a row of table " + in_quotes(target_.table));
}

// False if the record has other fields, or has them in another order.
bool RowWriter::bind_all(Shape& shape, const Datum& record) const {
  if (record.size() != shape.names.size()) return false;
  int parameter = 0;
  for (const auto& [name, value] : record.entries()) {
    check_damage(value);
    if (shape.names[static_cast<std::size_t>(parameter)] != name) return false;
    shape.insert.bind(++parameter, value);
  }
  return true;
}

void RowWriter::write_columns(const Datum& record) {
  if (current_ == nullptr) {
    Shape shape{target_.columns, Statement(database_, insert_sql(target_.columns))};
    current_ = &shapes_.emplace(target_.columns, std::move(shape)).first->second;
  }
  const std::vector<std::string>& names = current_->names;
  current_->insert.unbind();
  given_.assign(names.size(), false);
  std::size_t expected = 0;  // fields mostly come in the order of the columns
  for (const auto& [name, value] : record.entries()) {
    check_damage(value);
    std::size_t at = expected;
    if (at == names.size() || names[at] != name) {
      at = static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
    }
    if (at == names.size()) continue;
    if (given_[at]) refuse_twins(name);
    given_[at] = true;
    current_->insert.bind(static_cast<int>(at) + 1, value);
    expected = at + 1;
  }
  current_->insert.step("a row of table " + in_quotes(target_.table));
}

RowWriter::Shape& RowWriter::shape_of(const Datum& record) {
  std::vector<std::string> names;
  for (const auto& [name, value] : record.entries()) {
    check_damage(value);
    if (contains(names, name)) refuse_twins(name);
    names.emplace_back(name);
  }
  if (const auto known = shapes_.find(names); known != shapes_.end()) return known->second;
  for (const std::string& key : target_.key) {
    if (target_.mode == Mode::upsert && !contains(names, key)) {
      throw Permanent("the record has no field '" + key + "', which is a key of the table");
    }
  }
  Shape shape{names, Statement(database_, insert_sql(names))};
  if (shapes_.size() == most_shapes) shapes_.clear();
  return shapes_.emplace(std::move(names), std::move(shape)).first->second;
}

std::string RowWriter::insert_sql(const std::vector<std::string>& names) const {
  std::string sql = "INSERT INTO " + in_quotes(target_.table);
  if (names.empty()) return sql + " DEFAULT VALUES";
  sql += " (" + list_of(names) + ") VALUES (?1";
  for (std::size_t i = 2; i <= names.size(); ++i) sql += ", ?" + std::to_string(i);
  sql += ")";
  if (target_.mode == Mode::append) return sql;
  std::string changes;
  for (const std::string& name : names) {
    if (contains(target_.key, name)) continue;
    changes += (changes.empty() ? " DO UPDATE SET " : ", ") + in_quotes(name) + " = excluded." +
               in_quotes(name);
  }
  return sql + " ON CONFLICT (" + list_of(target_.key) + ")" +
         (changes.empty() ? " DO NOTHING" : changes);
}

}  // namespace penstock::sqlite
