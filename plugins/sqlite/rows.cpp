#include "sqlite/rows.hpp"

#include <cstring>
#include <set>

namespace penstock::sqlite {
namespace {

// Not against malice: it tells whether the same rows came again.
std::uint64_t mixed(std::uint64_t sum, std::string_view bytes) {
  const auto mix = [&](std::uint64_t word) {
    sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
    sum ^= sum >> 32;
  };
  mix(bytes.size());
  while (!bytes.empty()) {
    std::uint64_t word = 0;
    const std::size_t size = std::min(bytes.size(), sizeof word);
    std::memcpy(&word, bytes.data(), size);
    mix(word);
    bytes.remove_prefix(size);
  }
  return sum;
}

}  // namespace

void Rows::params(Params& p) {
  p.required("database", database, "file of the database");
  p.optional("table", table, "table or view to read; either this or query");
  p.optional("query", query, "SELECT to read, in an order that is always the same");
  p.optional("key", key, "column without two equal values: rows are read in its order");
  p.optional("count", count, "count the rows first, so that progress is known; of a table always");
  p.optional("busy_timeout", busy_timeout, "how long to wait for a lock of another process");
}

std::string Rows::selected() const {
  return table ? in_quotes(*table) : "(" + *query + "\n)";
}

void Rows::open(Context& context) {
  if (table.has_value() == query.has_value()) {
    throw Permanent("set either `table` or `query`");
  }
  database_ = Database(database, Access::read, busy_timeout);
  if (table && !database_.has_table(*table)) {
    throw Permanent("'" + database + "' has no table '" + *table + "'");
  }
  const bool after = key && place_.rows != 0;
  std::string sql = table || key ? "SELECT * FROM " + selected() : *query;
  if (key) {
    sql += (after ? " WHERE " + in_quotes(*key) + " > ?1" : "") + " ORDER BY " + in_quotes(*key);
  }
  statement_.emplace(database_, sql);
  if (!statement_->only_reads() || statement_->columns() == 0) {
    throw Permanent("'" + database + "': the query gives no rows: " + sql);
  }
  name_columns();
  if (after) {
    after_ = place_.key;
    statement_->bind(1, Datum::cbor(as_bytes(after_)));
  } else if (place_.rows != 0) {
    pass_over(place_.rows, context);
  }
}

void Rows::name_columns() {
  std::set<std::string_view> seen;
  names_.clear();
  for (int column = 0; column != statement_->columns(); ++column) {
    const std::string_view name = statement_->name(column);
    if (!seen.insert(name).second) {
      throw Permanent("'" + database + "': the query gives two columns called '" +
                      std::string(name) + "': name them with AS");
    }
    if (key && *key == name) key_column_ = column;
    CborWriter(names_.emplace_back()).text(name);
  }
  if (key && key_column_ < 0) {
    throw Permanent("'" + database + "': there is no column '" + *key + "' to be the key");
  }
}

std::string Rows::place_text() const {
  return "'" + database + "', row " + std::to_string(place_.rows + 1);
}

void Rows::pass_over(std::uint64_t rows, Context& context) {
  const Place before = place_;
  place_ = {};
  while (place_.rows != rows && !(ended_ = !statement_->step())) read_row();
  if (place_.rows == rows && place_.fingerprint == before.fingerprint) return;
  context.changed("'" + database + "': the first " + std::to_string(rows) +
                  " rows are not those that were read before: the database has changed since, or "
                  "the query does not fix their order. ORDER BY a unique column, or set `key`");
}

void Rows::read_row() {
  row_.clear();
  CborWriter writer(row_);
  writer.map(names_.size());
  for (std::size_t i = 0; i != names_.size(); ++i) {
    row_ += names_[i];
    statement_->append(writer, static_cast<int>(i));
  }
  if (key) {
    note_key();
  } else {
    place_.fingerprint = mixed(place_.fingerprint, row_);
  }
  ++place_.rows;
}

void Rows::note_key() {
  if (statement_->is_null(key_column_)) {
    throw Permanent(place_text() + ": the key '" + *key + "' is null: no row can come after it");
  }
  new_key_.clear();
  CborWriter writer(new_key_);
  statement_->append(writer, key_column_);
  if (place_.rows != 0 && new_key_ == place_.key) {
    throw Permanent(place_text() + ": two rows have one key '" + *key + "'; take a unique column");
  }
  std::swap(place_.key, new_key_);
}

bool Rows::produce(std::size_t want, Emit<Datum>& out) {
  for (; want != 0 && !ended_; --want) {
    ended_ = !statement_->step();
    if (ended_) break;
    read_row();
    out(Datum::cbor(as_bytes(row_)));
  }
  return !ended_;
}

std::optional<std::uint64_t> Rows::size() {
  if (!table && !count) return std::nullopt;
  Statement statement(database_, "SELECT count(*) FROM " + selected());
  statement.step();
  return static_cast<std::uint64_t>(statement.integer(0));
}

}  // namespace penstock::sqlite
