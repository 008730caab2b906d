#include "postgres/row_stream.hpp"

#include <algorithm>

#include "postgres/record.hpp"
#include "postgres/trial.hpp"

namespace penstock::postgres {
namespace {

constexpr std::size_t block = 64 << 10;
constexpr std::size_t most_shapes = 64;  // to be remembered beyond a commit

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

RowStream::RowStream(Connection& connection, const Target& target, Table table)
    : connection_(connection),
      target_(target),
      table_(std::move(table)),
      copy_(connection, target) {
  if (!target_.columns.empty()) take_shape(target_.columns);
}

void RowStream::write(const Datum& record) {
  seen_ < known_.rows || known_.rows == 0 ? add(record) : add_alone(record);
}

void RowStream::add_alone(const Datum& record) {
  flush();
  const std::size_t rows = batch_.rows.size();
  const std::size_t size = batch_.text.size();
  connection_.execute("SAVEPOINT penstock_row");
  try {
    add(record);
    flush();
  } catch (const Permanent& refused) {
    batch_.rows.erase(batch_.rows.begin() + static_cast<std::ptrdiff_t>(rows), batch_.rows.end());
    batch_.text.resize(size);
    sent_ = size;
    connection_.execute("ROLLBACK TO SAVEPOINT penstock_row; RELEASE SAVEPOINT penstock_row");
    throw Permanent(refused.what());
  }
  connection_.execute("RELEASE SAVEPOINT penstock_row");
}

void RowStream::add(const Datum& record) {
  check_damage(record);
  if (record.kind() != DatumKind::map) {
    throw Permanent("a row is made of a record, and this item is " +
                    std::string(to_string(record.kind())));
  }
  gather(record);
  std::string& text = batch_.text;
  const std::size_t begin = text.size();
  try {
    for (std::size_t i = 0; i != values_.size(); ++i) {
      if (i != 0) text += '\t';
      append_value(text, *columns_[shape_][i], values_[i]);
    }
    text += '\n';
    check_known(std::string_view(text).substr(begin));
  } catch (...) {
    text.resize(begin);
    throw;
  }
  if (copy_.under_way() && batch_.rows.back().shape != shape_) {
    copy_.put(std::string_view(text).substr(sent_, begin - sent_));
    sent_ = begin;
    copy_.end();
  }
  batch_.rows.push_back({begin, shape_});
  if (!copy_.under_way()) copy_.begin(batch_.shapes[shape_]);
  if (text.size() - sent_ >= block) send();
}

void RowStream::check_known(std::string_view row) {
  if (seen_ == known_.rows) return;
  const auto refused = known_.refused.find(seen_++);
  if (refused == known_.refused.end() || refused->second.fingerprint != fingerprint(0, row)) return;
  throw Permanent(refused->second.why);
}

void RowStream::send() {
  copy_.put(std::string_view(batch_.text).substr(sent_));
  sent_ = batch_.text.size();
}

void RowStream::flush() {
  if (!copy_.under_way()) return;
  send();
  copy_.end();
}

void RowStream::committed() {
  batch_.text.clear();
  batch_.rows.clear();
  sent_ = 0;
  known_ = {};
  seen_ = 0;
  if (batch_.shapes.size() <= most_shapes) return;
  batch_.shapes.clear();
  columns_.clear();
}

Verdict RowStream::try_rows() {
  return Trial(connection_, copy_, batch_).run();
}

void RowStream::gather(const Datum& record) {
  if (!target_.columns.empty()) return gather_columns(record);
  if (gather_fields(record)) return;
  std::vector<std::string> names;
  for (const auto& [name, value] : record.entries()) {
    check_damage(value);
    if (contains(names, name)) refuse_twins(name);
    names.emplace_back(name);
  }
  take_shape(names);
  gather_fields(record);
}

// False if the record has other fields, or has them in another order, than the one before.
bool RowStream::gather_fields(const Datum& record) {
  if (batch_.shapes.empty()) return false;
  const std::vector<std::string>& names = batch_.shapes[shape_];
  if (record.size() != names.size()) return false;
  std::size_t at = 0;
  for (const auto& [name, value] : record.entries()) {
    check_damage(value);
    if (names[at] != name) return false;
    values_[at++] = value;
  }
  return true;
}

void RowStream::gather_columns(const Datum& record) {
  const std::vector<std::string>& names = batch_.shapes[shape_];
  std::ranges::fill(values_, Datum());
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
    values_[at] = value;
    expected = at + 1;
  }
}

void RowStream::take_shape(const std::vector<std::string>& names) {
  const auto known = std::ranges::find(batch_.shapes, names);
  const auto shape = static_cast<std::size_t>(known - batch_.shapes.begin());
  if (known == batch_.shapes.end()) {
    std::vector<const Column*> columns = columns_of(names);
    batch_.shapes.push_back(names);
    columns_.push_back(std::move(columns));
  }
  shape_ = shape;
  values_.assign(names.size(), Datum());
}

std::vector<const Column*> RowStream::columns_of(const std::vector<std::string>& names) const {
  if (names.empty()) throw Permanent("a row cannot be made of a record without fields");
  std::vector<const Column*> columns;
  for (const std::string& name : names) {
    columns.push_back(table_.find(name));
    if (columns.back() != nullptr) continue;
    throw Permanent("table '" + target_.table + "' has no column '" + name +
                    "'; `columns` says which fields are to be taken");
  }
  for (const Column& column : table_.columns()) {
    const bool is_key = target_.mode == Mode::upsert && contains(target_.key, column.name);
    if ((!column.needed && !is_key) || contains(names, column.name)) continue;
    throw Permanent("the record has no field '" + column.name + "', and the column needs a value");
  }
  return columns;
}

}  // namespace penstock::postgres
