#include "json/field_path.hpp"

#include <penstock/errors.hpp>

#include <charconv>

namespace penstock::json {
namespace {

Datum element_of(const Datum& list, std::string_view part) {
  std::size_t index = 0;
  const char* end = part.data() + part.size();
  const auto [stop, failure] = std::from_chars(part.data(), end, index);
  if (failure != std::errc{} || stop != end || index >= list.size()) return {};
  return list[index];
}

}  // namespace

FieldPath::FieldPath(std::string_view text) {
  parts_.emplace_back();
  for (std::size_t i = 0; i != text.size(); ++i) {
    if (text[i] == '\\' && i + 1 != text.size()) {
      parts_.back() += text[++i];
    } else if (text[i] == '.') {
      parts_.emplace_back();
    } else {
      parts_.back() += text[i];
    }
  }
  for (const std::string& part : parts_) {
    if (part.empty()) {
      throw Permanent("'" + std::string(text) +
                      "' is no field: one is written NAME, or NAME.NAME for what is within it");
    }
  }
}

Datum FieldPath::walk(Datum value, std::span<const std::string> parts) {
  for (const std::string& part : parts) {
    if (value.kind() == DatumKind::map) {
      value = value[part];
    } else if (value.kind() == DatumKind::list) {
      value = element_of(value, part);
    } else {
      return {};
    }
  }
  return value;
}

}  // namespace penstock::json
