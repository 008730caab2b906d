#include "csv/write.hpp"

#include <algorithm>
#include <utility>

#include "csv/columns.hpp"
#include "csv/dialect.hpp"

namespace penstock::csv {
namespace {

constexpr std::size_t none = static_cast<std::size_t>(-1);

std::vector<std::string> fields_of_first(const Datum& record) {
  std::vector<std::string> names;
  if (record.kind() == DatumKind::list) {
    names = Columns::numbered(record.size());
  } else {
    for (const auto& [name, value] : record.entries()) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
    }
  }
  if (names.empty()) throw Permanent("the first record has no field, so nothing names the columns");
  return names;
}

}  // namespace

void Write::params(Params& p) {
  p.required("path", path, "file to write; - is the standard output", output_file);
  p.optional("columns", columns, "fields to write, in this order; else those of the first record");
  p.optional("header", header, "whether the first row names the columns");
  p.optional("separator", separator, "between two fields; \\t is a tab");
  p.optional("quoting", quoting, "where it is needed, around all text, or around everything");
  p.optional("line_end", line_end, "of each row");
  p.optional("extra", extra, "a record with a field that is no column fails, or loses that field");
}

Epoch Write::open(Epoch last, const Snapshot& at, Context& context) {
  cells_ = CellWriter(Dialect::from(separator, "\"").separator, quoting);
  Place place;
  if (!at.empty()) place = at.as<Place>();
  if (!place.columns.empty()) columns = std::move(place.columns);
  number_columns();
  output_.open(path, last, static_cast<std::uint64_t>(place.offset), context);
  if (!columns.empty() && place.offset == 0) add_header();
  return last;
}

void Write::number_columns() {
  for (std::size_t i = 0; i != columns.size(); ++i) {
    if (!places_.emplace(columns[i], i).second) {
      throw Permanent("`columns` names '" + columns[i] + "' twice");
    }
  }
}

void Write::add_header() {
  if (!header) return;
  output_.add([&](std::string& out) {
    for (std::size_t i = 0; i != columns.size(); ++i) {
      if (i != 0) out += cells_.separator();
      cells_.append_text(out, columns[i]);
    }
    end_row(out);
  });
}

void Write::run(const Datum& record) {
  if (record.kind() != DatumKind::map && record.kind() != DatumKind::list) {
    throw Permanent("csv.write takes records, and lists of values; this is of the kind " +
                    std::string(to_string(record.kind())));
  }
  if (columns.empty()) {
    columns = fields_of_first(record);
    number_columns();
    add_header();
  }
  place_cells(record);
  output_.add([&](std::string& out) { append_row(out); });
}

void Write::place_cells(const Datum& record) {
  row_.assign(columns.size(), Datum());
  if (record.kind() == DatumKind::list) {
    if (record.size() != columns.size()) {
      throw Permanent("a list of " + std::to_string(record.size()) + " values is given where " +
                      std::to_string(columns.size()) + " columns are written");
    }
    std::size_t next = 0;
    for (const auto& [name, value] : record.elements()) row_[next++] = value;
    return;
  }
  std::size_t next = 0;  // most records have their fields in the order of the columns
  for (const auto& [name, value] : record.entries()) {
    const std::size_t at =
        next < columns.size() && columns[next] == name ? next : place_of(name, value);
    if (at == none) continue;
    row_[at] = value;
    next = at + 1;
  }
}

std::size_t Write::place_of(std::string_view name, const Datum& value) const {
  if (value.kind() == DatumKind::malformed) value.text();  // throws what is wrong
  const auto found = places_.find(name);
  if (found != places_.end()) return found->second;
  if (extra == Extra::ignore) return none;
  throw Permanent("the record has a field '" + std::string(name) + "', which is no column of '" +
                  path + "'; name it in `columns`, or leave it out by extra: ignore");
}

void Write::append_row(std::string& out) {
  const std::size_t before = out.size();
  for (std::size_t i = 0; i != row_.size(); ++i) {
    if (i != 0) out += cells_.separator();
    cells_.append(out, row_[i]);
  }
  if (out.size() == before) out += "\"\"";  // an empty line would be no row
  end_row(out);
}

void Write::end_row(std::string& out) const {
  out += line_end == LineEnd::crlf ? "\r\n" : "\n";
}

Snapshot Write::commit(Epoch epoch) {
  return Place{static_cast<std::int64_t>(output_.commit(epoch)), columns};
}

void Write::finish(Context& context) {
  output_.finish(path, context);
}

}  // namespace penstock::csv
