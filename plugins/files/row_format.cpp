#include "files/row_format.hpp"

#include <penstock/errors.hpp>
#include <penstock/json.hpp>

namespace penstock::files {
namespace {

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '\\': out += "\\\\"; break;
      case '\t': out += "\\t"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      default: out += c; break;
    }
  }
}

void append_cell(std::string& out, const Datum& value) {
  switch (value.kind()) {
    case DatumKind::null: return;
    case DatumKind::text: append_escaped(out, value.text()); return;
    case DatumKind::bytes: sdk::write_base64(out, value.bytes()); return;
    case DatumKind::list:
    case DatumKind::map: {
      std::string json;
      append_json(json, value);
      append_escaped(out, json);
      return;
    }
    default: append_json(out, value); return;
  }
}

void append_cells(std::string& out, const Datum& item) {
  if (item.kind() != DatumKind::list && item.kind() != DatumKind::map) {
    return append_cell(out, item);
  }
  bool first = true;
  for (const auto& [key, value] :
       item.kind() == DatumKind::map ? item.entries() : item.elements()) {
    if (!first) out += '\t';
    first = false;
    append_cell(out, value);
  }
}

void append_line(std::string& out, const Datum& item) {
  if (item.kind() != DatumKind::text && item.kind() != DatumKind::bytes) {
    return append_json(out, item);
  }
  const std::string_view text = as_text(item.bytes());
  out += text.ends_with('\n') ? text.substr(0, text.size() - 1) : text;
}

void append_raw(std::string& out, const Datum& item) {
  if (item.kind() != DatumKind::text && item.kind() != DatumKind::bytes) {
    throw Malformed("raw output is made of text and bytes, and this item is " +
                    std::string(to_string(item.kind())));
  }
  out += as_text(item.bytes());
}

}  // namespace

Format resolved(Format format, std::string_view path) {
  if (format != Format::auto_) return format;
  if (path.ends_with(".tsv")) return Format::tsv;
  if (path.ends_with(".jsonl") || path.ends_with(".ndjson")) return Format::jsonl;
  if (path.ends_with(".gz") || path.ends_with(".zst")) return Format::raw;
  return Format::lines;
}

void append_json(std::string& out, const Datum& item) {
  if (write_json(out, item)) return;
  throw Malformed("an item is damaged or nested too deeply" +
                  (item.error().empty() ? "" : ": " + std::string(item.error())));
}

void append_row(std::string& out, Format format, const Datum& item) {
  if (format == Format::raw) return append_raw(out, item);
  const std::size_t before = out.size();
  try {
    switch (format) {
      case Format::tsv: append_cells(out, item); break;
      case Format::jsonl: append_json(out, item); break;
      default: append_line(out, item); break;
    }
    out += '\n';
  } catch (...) {
    out.resize(before);
    throw;
  }
}

}  // namespace penstock::files
