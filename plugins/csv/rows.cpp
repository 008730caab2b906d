#include "csv/rows.hpp"

#include <algorithm>
#include <utility>

namespace penstock::csv {

void Rows::params(Params& p) {
  input.params(p);
  p.optional(
      "header", header,
      "whether the first row of a file is a header; if not set: yes, unless `columns` is set");
  p.optional(
      "columns", columns,
      "names of the fields, whatever the header; else it names them, and without one they are "
      "column1, column2, ...");
  p.optional("types", types, "infer, text, int, float or bool; COLUMN:TYPE for one column");
  p.optional("separator", separator, "between two fields; \\t is a tab");
  p.optional("quote", quote, "around a field; empty: none");
  p.optional("on_bad", on_bad, "what is no row goes to `rejects`, or fails the run");
  p.optional("max_row", max_row, "a longer row is a bad one", at_least(1_KiB), at_most(1_GiB));
}

void Rows::restore(const Snapshot& snapshot) {
  if (snapshot.empty()) return;
  Place place = snapshot.as<Place>();
  window_.restore(std::move(place.window));
  restored_ = std::move(place.columns);
}

void Rows::open(Context& context) {
  dialect_ = Dialect::from(separator, quote);
  types_ = TypeRules(types);
  if (!columns.empty()) types_.check(columns, "`columns`");
  window_.open(input, context);
  if (!restored_.empty()) columns_ = Columns(std::move(restored_), types_, "the snapshot");
  if (!input.standard_input()) check_first_row(context);
}

// Of the first file: what does not go with its columns is said before the run begins.
void Rows::check_first_row(Context& context) {
  if (!window_.at_text(context) || !window_.at_begin()) return;
  window_.take_byte_order_mark(context);
  const RowScan scan = scan_row(window_.text(), window_.whole(), dialect_, fields_);
  if (scan.state != RowScan::State::complete || is_blank()) return;
  name_columns(window_.text().substr(0, scan.size));
  columns_ = Columns();
}

Snapshot Rows::snapshot() const {
  return Place{window_.place(), columns_.names()};
}

bool Rows::produce(std::size_t want, Emit<Datum>& out, Context& context) {
  emitted_ = 0;
  std::size_t looked_at = 0;
  while (emitted_ < want && looked_at < files::TextWindow::enough_for_a_call) {
    if (!window_.at_text(context)) return !window_.ended();
    if (window_.at_begin()) {
      columns_ = Columns();
      window_.take_byte_order_mark(context);
      if (window_.text().empty()) continue;
    }
    const std::size_t before = window_.text().size();
    if (!take_row(out, context)) break;
    looked_at += before - window_.text().size();
  }
  return true;
}

// False if its end has not come yet.
bool Rows::take_row(Emit<Datum>& out, Context& context) {
  const RowScan scan = scan_row(window_.text(), window_.whole(), dialect_, fields_);
  const bool complete = scan.state == RowScan::State::complete;
  if (scan.state == RowScan::State::bad) return take_bad(scan.reason, out, context);
  if ((complete ? scan.size : window_.text().size()) > max_row) {
    return take_bad(too_long() + "; is a quote not closed?", out, context);
  }
  if (!complete) return window_.grow(context);
  take_complete(scan, out, context);
  return true;
}

// Where the quotes are wrong nobody knows how far the row goes: only its first line is left out.
bool Rows::take_bad(const std::string& reason, Emit<Datum>& out, Context& context) {
  const std::string_view text = window_.text();
  const std::size_t newline = text.find('\n');
  if (std::min(newline, text.size()) > max_row) {
    throw Permanent(place() + ": " + too_long() + "; max_row can be set higher");
  }
  if (newline == text.npos && !window_.whole()) return window_.grow(context);
  if (columns_.names().empty() && wants_header()) {
    throw Permanent(place() + ": the header cannot be read: " + reason);
  }
  const std::size_t size = std::min(newline, text.size() - 1) + 1;
  reject(text.substr(0, size), reason, out);
  window_.take(size, 1, context);
  return true;
}

std::string Rows::too_long() const {
  return "it has more than " + std::to_string(max_row.bytes) + " bytes";
}

void Rows::take_complete(const RowScan& scan, Emit<Datum>& out, Context& context) {
  const std::string_view row = window_.text().substr(0, scan.size);
  const bool blank = is_blank();
  const bool named = !columns_.names().empty();
  if (!blank && !named) name_columns(row);
  if (!blank && (named || !wants_header())) {
    record_.clear();
    const std::string reason = columns_.append_record(record_, fields_, dialect_);
    if (!reason.empty()) {
      reject(row, reason, out);
    } else {
      out(Datum::cbor(as_bytes(record_)));
      ++emitted_;
    }
  }
  window_.take(scan.size, scan.lines, context);
}

bool Rows::is_blank() const {
  return fields_.size() == 1 && !fields_[0].quoted && fields_[0].text.empty();
}

void Rows::name_columns(std::string_view first_row) {
  std::vector<std::string> names = columns;
  if (names.empty() && wants_header()) {
    std::string scratch;
    for (const RawField& field : fields_) {
      names.emplace_back(content_of(field, dialect_, scratch));
    }
  } else if (names.empty()) {
    names = Columns::numbered(fields_.size());
  } else if (wants_header() && names.size() != fields_.size()) {
    throw Permanent(place() + ": the header has " + std::to_string(fields_.size()) +
                    " fields, but `columns` names " + std::to_string(names.size()) + ": " +
                    std::string(without_end(first_row)));
  }
  columns_ = Columns(std::move(names), types_, columns.empty() ? file() : "`columns`");
}

void Rows::reject(std::string_view row, const std::string& reason, Emit<Datum>& out) {
  const std::string_view text = without_end(row);
  if (on_bad == files::OnBad::fail) {
    throw Permanent(place() + " is no row: " + reason + "; on_bad: reject would go on");
  }
  out.to<files::Reject>("rejects")({window_.path(), window_.line(), std::string(text), reason});
  ++emitted_;
}

}  // namespace penstock::csv
