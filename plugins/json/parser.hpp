// Reads JSON (RFC 8259) with simdjson, and writes it as an item. What is decided here:
//   numbers    without fraction and exponent they are ints and have to fit into 64 bits (to
//              2^64 - 1); all others are floats, and finite. Nothing is rounded to fit.
//   keys       of equal ones the last value counts, at the place of the first
//   text       UTF-8, without half surrogates
//   depth      at most 64 levels, as everywhere
// One thread. Memory grows to the longest text that was read.
#pragma once

#include <simdjson.h>
#include <penstock/cbor.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::json {

class Parser {
 public:
  // Appends the one value that `text` consists of to `out`, as CBOR. Answers why it is none; then
  // `out` is as it was.
  std::optional<std::string> parse(std::string_view text, std::string& out);

 private:
  std::vector<char> padded_;  // the parser looks a little behind the end of a text
  simdjson::dom::parser parser_;
};

// Nothing but white space.
bool is_blank(std::string_view text);

}  // namespace penstock::json
