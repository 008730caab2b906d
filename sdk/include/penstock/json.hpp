// Writes a Datum as JSON, on one line, as penstock shows values everywhere: in files of JSON lines,
// dead letters and reports. Text that is not UTF-8 has U+FFFD in place of each byte that cannot be
// read; bytes are base64; a float keeps its point (3.0) and NaN and infinities are null. Never
// throws but for want of memory.
#pragma once

#include <penstock/datum.hpp>

namespace penstock PENSTOCK_HIDDEN {

namespace sdk {

// The length of the UTF-8 sequence that `text` begins with; 0 if it begins with none.
inline std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const unsigned lead = byte(0);
  const auto within = [&](unsigned low, unsigned high) {
    return byte(1) >= low && byte(1) <= high;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return follows(1) ? 2 : 0;
  if ((lead & 0xf0) == 0xe0) {
    const bool second = within(lead == 0xe0 ? 0xa0 : 0x80, lead == 0xed ? 0x9f : 0xbf);
    return second && follows(2) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const bool second = within(lead == 0xf0 ? 0x90 : 0x80, lead == 0xf4 ? 0x8f : 0xbf);
    return second && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

inline void write_json_text(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += '"';
  while (!text.empty()) {
    std::size_t plain = 0;  // ASCII that stands for itself
    while (plain < text.size() && text[plain] >= ' ' && text[plain] != '"' && text[plain] != '\\' &&
           text[plain] != '\x7f') {
      ++plain;
    }
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const char c = text.front();
    std::size_t used = 1;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x80) {
          out += "\\u00";
          out += digits[static_cast<unsigned char>(c) >> 4];
          out += digits[static_cast<unsigned char>(c) & 15];
        } else if (const std::size_t length = utf8_length(text); length != 0) {
          out += text.substr(0, length);
          used = length;
        } else {
          out += "\xef\xbf\xbd";
        }
    }
    text.remove_prefix(used);
  }
  out += '"';
}

inline void write_base64(std::string& out, Bytes bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t k) {
      return i + k < bytes.size() ? std::to_integer<unsigned>(bytes[i + k]) : 0u;
    };
    const unsigned three = byte(0) << 16 | byte(1) << 8 | byte(2);
    out += digits[three >> 18];
    out += digits[three >> 12 & 63];
    out += i + 1 < bytes.size() ? digits[three >> 6 & 63] : '=';
    out += i + 2 < bytes.size() ? digits[three & 63] : '=';
  }
}

inline void write_json_real(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  const std::string_view shortest(digits, static_cast<std::size_t>(end - digits));
  out += shortest;
  if (shortest.find_first_of(".e") == std::string_view::npos) out += ".0";
}

inline bool write_json(std::string& out, const Datum& value, int depth) {
  if (depth == max_depth) return false;
  switch (value.kind()) {
    case DatumKind::null: out += "null"; return true;
    case DatumKind::boolean: out += value.boolean() ? "true" : "false"; return true;
    case DatumKind::integer: {
      const Integer number = value.number();
      const std::optional<std::int64_t> small = number.to_signed();
      if (small) {
        out += std::to_string(*small);
      } else if (!number.negative) {
        out += std::to_string(number.magnitude);
      } else {
        write_json_real(out, number.to_real());
      }
      return true;
    }
    case DatumKind::real: write_json_real(out, value.real()); return true;
    case DatumKind::text: write_json_text(out, value.text()); return true;
    case DatumKind::bytes:
      out += '"';
      write_base64(out, value.bytes());
      out += '"';
      return true;
    case DatumKind::list:
    case DatumKind::map: {
      const bool map = value.kind() == DatumKind::map;
      bool first = true;
      out += map ? '{' : '[';
      for (const auto& [key, element] : map ? value.entries() : value.elements()) {
        if (!first) out += ',';
        first = false;
        if (map) {
          write_json_text(out, key);
          out += ':';
        }
        if (!write_json(out, element, depth + 1)) return false;
      }
      out += map ? '}' : ']';
      return true;
    }
    case DatumKind::malformed: return false;
  }
  return false;
}

}  // namespace sdk

// Appends `value` to `out`. False, and `out` as it was, if the value is damaged or more than 64
// levels deep.
inline bool write_json(std::string& out, const Datum& value) {
  const std::size_t before = out.size();
  if (sdk::write_json(out, value, 0)) return true;
  out.resize(before);
  return false;
}

// Appends `text` as a string of JSON, quotes included.
inline void write_json_text(std::string& out, std::string_view text) {
  sdk::write_json_text(out, text);
}

}  // namespace penstock
