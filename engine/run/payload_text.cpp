#include "run/payload_text.hpp"

#include <penstock/json.hpp>

namespace penstock {

std::string payload_json(std::string_view type_text, std::string_view bytes, std::uint64_t size) {
  std::string text;
  const auto type = parse_type(type_text);
  if (type && bytes.size() >= size && write_json(text, Datum(*type, as_bytes(bytes)))) return text;
  Type raw;
  raw.kind = TypeKind::bytes;
  text = "{\"size\":" + std::to_string(size) + ",\"base64\":";
  write_json(text, Datum(raw, as_bytes(bytes)));
  return text + "}";
}

}  // namespace penstock
