#include "table/field_finder.hpp"

#include <penstock/errors.hpp>

#include <algorithm>

namespace penstock::table {

std::size_t FieldFinder::add(const std::string& name) {
  const auto known = std::find(names_.begin(), names_.end(), name);
  if (known != names_.end()) return static_cast<std::size_t>(known - names_.begin());
  names_.push_back(name);
  return names_.size() - 1;
}

bool FieldFinder::find(const Datum& record) {
  found_.assign(names_.size(), Datum());
  if (record.kind() == DatumKind::malformed) throw Malformed(std::string(record.error()));
  if (record.kind() != DatumKind::map) return false;
  for (const auto& [key, value] : record.entries()) {
    if (value.kind() == DatumKind::malformed) throw Malformed(std::string(value.error()));
    for (std::size_t i = 0; i != names_.size(); ++i) {
      if (names_[i] == key) found_[i] = value;
    }
  }
  return true;
}

}  // namespace penstock::table
