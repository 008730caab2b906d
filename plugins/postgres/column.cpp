#include "postgres/column.hpp"

#include <penstock/json.hpp>

#include <charconv>
#include <cmath>

namespace penstock::postgres {
namespace {

[[noreturn]] void refuse(const Column& column, const std::string& why) {
  throw Permanent("column '" + column.name + "': " + why);
}

bool is_integer(SqlType type) {
  return type == SqlType::int2 || type == SqlType::int4 || type == SqlType::int8;
}
bool is_real(SqlType type) {
  return type == SqlType::float4 || type == SqlType::float8;
}

void append_escaped(std::string& out, std::string_view text) {
  for (;;) {
    const std::size_t plain = std::min(text.find_first_of("\\\t\n\r"), text.size());
    out += text.substr(0, plain);
    if (plain == text.size()) return;
    const char c = text[plain];
    out += '\\';
    out += c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : c;
    text.remove_prefix(plain + 1);
  }
}

void append_hex(std::string& out, Bytes bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += "\\\\x";
  for (const std::byte byte : bytes) {
    const auto value = std::to_integer<unsigned>(byte);
    out += digits[value >> 4];
    out += digits[value & 15];
  }
}

// UTF-8 without NUL, as the server wants it; answers how many characters there are.
std::size_t check_text(const Column& column, std::string_view text) {
  std::size_t characters = 0;
  for (std::string_view rest = text; !rest.empty(); ++characters) {
    const auto offset = [&] { return std::to_string(text.size() - rest.size()); };
    if (rest.front() == '\0') {
      refuse(column, "text has a NUL byte at offset " + offset() + ", which no text here can");
    }
    const std::size_t length = sdk::utf8_length(rest);
    if (length == 0) refuse(column, "text is not UTF-8 at offset " + offset());
    rest.remove_prefix(length);
  }
  return characters;
}

// True where it is certain that the server cannot read the text as a number.
bool no_number(std::string_view text, bool real) {
  constexpr std::string_view digits = "0123456789";
  if (text.find_first_of(digits) != text.npos) {
    return text.find_first_not_of(real ? " \t\n\r\f\v0123456789+-.eExXaAbBcCdDfFpPoO_"
                                       : " \t\n\r\f\v0123456789+-xXoOabcdefABCDEF_") != text.npos;
  }
  return !real || text.find_first_of("iInN") == text.npos;  // infinity, nan
}

void append_text(std::string& out, const Column& column, std::string_view text) {
  if (column.type == SqlType::bytea) return append_hex(out, as_bytes(text));
  const std::size_t characters = check_text(column, text);
  const bool integer = is_integer(column.type);
  if ((integer || is_real(column.type)) && no_number(text, !integer)) {
    refuse(column, "'" + std::string(text.substr(0, 100)) + "' is no number");
  }
  if (column.most_chars != 0 && characters > column.most_chars && !text.ends_with(' ')) {
    refuse(column, "a text of " + std::to_string(characters) + " characters is longer than the " +
                       std::to_string(column.most_chars) + " that it takes");
  }
  append_escaped(out, text);
}

void append_integer(std::string& out, const Column& column, Integer number) {
  const std::optional<std::int64_t> value = number.to_signed();
  const std::int64_t most = column.type == SqlType::int2   ? INT16_MAX
                            : column.type == SqlType::int4 ? INT32_MAX
                                                           : INT64_MAX;
  if (is_integer(column.type) && (!value || *value > most || *value < -most - 1)) {
    refuse(column, "a number is beyond what its type holds");
  }
  out += value ? std::to_string(*value) : std::to_string(number.magnitude);
}

void append_real(std::string& out, const Column& column, double value) {
  if (is_integer(column.type)) {
    if (value != std::trunc(value) || std::abs(value) >= 0x1p63) {
      refuse(column, std::to_string(value) + " is no whole number that it holds");
    }
    return append_integer(out, column, Integer::from(static_cast<std::int64_t>(value)));
  }
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "Infinity" : "-Infinity";
  } else {
    char digits[32];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  }
}

}  // namespace

void append_value(std::string& out, const Column& column, const Datum& value) {
  switch (value.kind()) {
    case DatumKind::null:
      if (column.not_null) refuse(column, "it takes no null");
      out += "\\N";
      return;
    case DatumKind::boolean:
      if (column.type == SqlType::boolean || !is_integer(column.type)) {
        out += value.boolean() ? "true" : "false";
      } else {
        out += value.boolean() ? '1' : '0';
      }
      return;
    case DatumKind::integer:
      return append_integer(out, column, value.number());
    case DatumKind::real:
      return append_real(out, column, value.real());
    case DatumKind::text:
      return append_text(out, column, value.text());
    case DatumKind::bytes:
      if (column.type != SqlType::bytea)
        refuse(column, "bytes go into a column of type bytea alone");
      return append_hex(out, value.bytes());
    case DatumKind::list:
    case DatumKind::map: {
      std::string json;
      if (!write_json(json, value)) throw Malformed("a value is damaged or nested too deeply");
      return append_escaped(out, json);
    }
    case DatumKind::malformed:
      throw Malformed("a value is damaged: " + std::string(value.error()));
  }
}

}  // namespace penstock::postgres
