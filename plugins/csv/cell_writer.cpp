#include "csv/cell_writer.hpp"

#include <penstock/errors.hpp>
#include <penstock/json.hpp>

#include <cmath>

#include "csv/find_any.hpp"
#include "files/row_format.hpp"

namespace penstock::csv {
namespace {

void append_real(std::string& out, double value) {
  if (std::isfinite(value)) {
    sdk::write_json_real(out, value);
  } else if (std::isnan(value)) {
    out += "nan";
  } else {
    out += value < 0 ? "-inf" : "inf";
  }
}

}  // namespace

void CellWriter::append(std::string& out, const Datum& value) {
  if (value.kind() == DatumKind::text) return append_text(out, value.text());
  scratch_.clear();
  switch (value.kind()) {
    case DatumKind::null:
      break;
    case DatumKind::real:
      append_real(scratch_, value.real());
      break;
    case DatumKind::bytes:
      sdk::write_base64(scratch_, value.bytes());
      break;
    default:
      files::append_json(scratch_, value);
      break;
  }
  append_content(out, scratch_, quoting_ == Quoting::all);
}

void CellWriter::append_text(std::string& out, std::string_view text) {
  append_content(out, text, quoting_ != Quoting::minimal);
}

void CellWriter::append_content(std::string& out, std::string_view content, bool quoted) const {
  const char* end = content.data() + content.size();
  if (!quoted) {
    const std::array special{separator_, '"', '\n', '\r'};
    if (find_any(content.data(), end, special) == end) {
      out += content;
      return;
    }
  }
  out += '"';
  for (;;) {
    const std::size_t quote = content.find('"');
    out += content.substr(0, quote);
    if (quote == content.npos) break;
    out += "\"\"";
    content.remove_prefix(quote + 1);
  }
  out += '"';
}

}  // namespace penstock::csv
