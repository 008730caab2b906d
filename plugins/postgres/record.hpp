// What has to hold of a record before a row, or a table, is made of it.
#pragma once

#include <penstock/plugin.hpp>

#include <string>
#include <string_view>

namespace penstock::postgres {

inline void check_damage(const Datum& value) {
  if (value.kind() != DatumKind::malformed) return;
  throw Malformed("the item is damaged: " + std::string(value.error()));
}

[[noreturn]] inline void refuse_twins(std::string_view name) {
  throw Permanent("the record has two fields called '" + std::string(name) + "'");
}

}  // namespace penstock::postgres
