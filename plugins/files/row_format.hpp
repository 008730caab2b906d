// How an item becomes a line of a file.
//
// lines  Text and bytes as they are, with a newline where none ends them; anything else as JSON.
//
// tsv    The values of a record, map, list or tuple with tabs between; anything else alone. In a
//        text, backslash, tab, newline and carriage return are written \\ \t \n \r, so that a row
//        stays a row. Null is empty, bytes are base64, what is nested is JSON.
//
// jsonl  One JSON value (penstock/json.hpp).
//
// raw    Text and bytes as they are, and nothing between them; anything else is refused.
//
// auto   tsv for .tsv, jsonl for .jsonl and .ndjson, raw for .gz and .zst, else lines.
#pragma once

#include <penstock/datum.hpp>
#include <penstock/fields.hpp>

#include <string>
#include <string_view>

namespace penstock::files {

enum class Format { auto_, lines, tsv, jsonl, raw };
PENSTOCK_ENUM(Format, auto_, lines, tsv, jsonl, raw)

// What `auto` means for a path; any other format stays.
Format resolved(Format format, std::string_view path);

// Appends the item's line. Throws Malformed, and leaves `out` as it was, if the item is damaged
// or none that the format can take.
void append_row(std::string& out, Format format, const Datum& item);

// Appends the item as JSON; throws likewise.
void append_json(std::string& out, const Datum& item);

}  // namespace penstock::files
