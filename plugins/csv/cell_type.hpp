// What the text of a field stands for.
//
//   text    itself, always
//   int     a whole number of 64 bits
//   float   a number that 64 bits can hold; no NaN, no infinity
//   bool    true, false, True, False, TRUE, FALSE, 1, 0
//   infer   of a field without quotes: null if it is empty, an int or float if it is written as in
//           JSON (so 007 and +1 stay text) and fits, a bool if it is one of its words; else text.
//           What stands in quotes is text.
//
// An empty field of a type other than text is null.
#pragma once

#include <penstock/cbor.hpp>

#include <optional>
#include <string_view>

namespace penstock::csv {

enum class CellType : std::uint8_t { infer, text, integer, real, boolean };

// By the name that it has in a pipeline file; nothing if it is none.
std::optional<CellType> cell_type_of(std::string_view name);
std::string_view to_string(CellType type);

// Appends what `text` stands for. False if it is not of that type; then nothing is appended.
bool append_cell(CborWriter& out, CellType type, std::string_view text, bool quoted);

}  // namespace penstock::csv
