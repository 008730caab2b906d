#include "postgres/rows.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "postgres/batch.hpp"

namespace penstock::postgres {
namespace {

constexpr std::size_t page_bytes = 1 << 20;
constexpr int page_rows_at_most = 5000;

template <class T>
T number(std::string_view text) {
  T value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

unsigned hex(char digit) {
  return static_cast<unsigned>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

// `text` is \x and two digits for each byte.
Bytes unpack_bytes(std::string_view text, std::string& scratch) {
  scratch.clear();
  for (std::size_t i = 2; i + 1 < text.size(); i += 2) {
    scratch += static_cast<char>(hex(text[i]) << 4 | hex(text[i + 1]));
  }
  return as_bytes(scratch);
}

}  // namespace

void Rows::params(Params& p) {
  p.required("connection", connection, "such as postgresql://user@host/database", secret);
  p.optional("table", table, "table or view to read; either this or query");
  p.optional("schema", schema, "where the table is; else by the server's search path");
  p.optional("query", query, "SELECT to read, in an order that is always the same");
  p.optional("key", key, "column without two equal values: rows are read in its order");
  p.optional("count", count, "count the rows first, so that progress is known");
  p.optional("reconnect", reconnect, "how long to wait for a server that has gone away");
}

std::string Rows::selected() const {
  if (query) return "(" + *query + "\n) AS query";
  return (schema.empty() ? "" : link_.quoted(schema) + ".") + link_.quoted(*table);
}

void Rows::open(Context& context) {
  if (table.has_value() == query.has_value()) {
    throw Permanent("set either `table` or `query`");
  }
  const bool again = place_.rows != 0;
  link_ = Connection(connection, again ? reconnect : std::chrono::milliseconds(0), context);
  std::string sql = table || key ? "SELECT * FROM " + selected() : *query;
  if (key) {
    if (again) sql += " WHERE " + link_.quoted(*key) + " > " + link_.literal(place_.key);
    sql += " ORDER BY " + link_.quoted(*key);
  }
  link_.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
  link_.execute("DECLARE penstock_rows NO SCROLL CURSOR FOR " + sql);
  fetch();
  name_columns();
  if (again && !key) pass_over(place_.rows, context);
}

// False at the end. Pages are about as large as what is to be in memory at a time.
bool Rows::fetch() {
  page_ = link_.execute("FETCH " + std::to_string(page_rows_) + " FROM penstock_rows");
  at_ = 0;
  const std::size_t size = PQresultMemorySize(page_.handle());
  const auto rows = static_cast<std::size_t>(std::max(page_.rows(), 1));
  page_rows_ = std::clamp(static_cast<int>(page_bytes / (size / rows + 1)), 1, page_rows_at_most);
  return page_.rows() != 0;
}

void Rows::name_columns() {
  std::set<std::string_view> seen;
  columns_.clear();
  for (int column = 0; column != page_.columns(); ++column) {
    const std::string_view name = PQfname(page_.handle(), column);
    if (!seen.insert(name).second) {
      throw Permanent(link_.name() + ": the query gives two columns called '" + std::string(name) +
                      "': name them with AS");
    }
    if (key && *key == name) key_column_ = column;
    Named& named = columns_.emplace_back();
    CborWriter(named.name).text(name);
    named.type = static_cast<SqlType>(PQftype(page_.handle(), column));
  }
  if (key && key_column_ < 0) {
    throw Permanent(link_.name() + ": there is no column '" + *key + "' to be the key");
  }
}

void Rows::pass_over(std::uint64_t rows, Context& context) {
  const Place before = place_;
  place_ = {};
  while (place_.rows != rows && read_row()) continue;
  if (place_.rows == rows && place_.fingerprint == before.fingerprint) return;
  context.changed(link_.name() + ": the first " + std::to_string(rows) +
                  " rows are not those that were read before: the data have changed since, or the "
                  "query does not fix their order. ORDER BY a unique column, or set `key`");
}

bool Rows::read_row() {
  if (at_ == page_.rows() && !fetch()) return false;
  row_.clear();
  CborWriter writer(row_);
  writer.map(columns_.size());
  for (std::size_t i = 0; i != columns_.size(); ++i) {
    row_ += columns_[i].name;
    const int column = static_cast<int>(i);
    if (page_.is_null(at_, column)) {
      writer.null();
      continue;
    }
    const std::string_view text = page_.text(at_, column);
    switch (columns_[i].type) {
      case SqlType::boolean:
        writer.boolean(text == "t");
        break;
      case SqlType::int2:
      case SqlType::int4:
      case SqlType::int8:
        writer.integer(number<std::int64_t>(text));
        break;
      case SqlType::float4:
      case SqlType::float8:
        writer.real(number<double>(text));
        break;
      case SqlType::bytea:
        writer.bytes(unpack_bytes(text, scratch_));
        break;
      default:
        writer.text(text);
        break;
    }
  }
  if (key) {
    note_key();
  } else {
    place_.fingerprint = fingerprint(place_.fingerprint, row_);
  }
  ++place_.rows;
  ++at_;
  return true;
}

void Rows::note_key() {
  const std::string place = link_.name() + ", row " + std::to_string(place_.rows + 1);
  if (page_.is_null(at_, key_column_)) {
    throw Permanent(place + ": the key '" + *key + "' is null: no row can come after it");
  }
  const std::string_view value = page_.text(at_, key_column_);
  if (place_.rows != 0 && value == place_.key) {
    throw Permanent(place + ": two rows have one key '" + *key + "'; take a unique column");
  }
  place_.key = value;
}

bool Rows::produce(std::size_t want, Emit<Datum>& out) {
  for (; want != 0; --want) {
    if (!read_row()) return false;
    out(Datum::cbor(as_bytes(row_)));
  }
  return true;
}

std::optional<std::uint64_t> Rows::size() {
  if (!count) return std::nullopt;
  const Answer answer = link_.execute("SELECT count(*) FROM " + selected());
  return number<std::uint64_t>(answer.text(0, 0));
}

}  // namespace penstock::postgres
