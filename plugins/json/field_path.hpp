// Where a value is in a record: `name`, `user.name`, `tags.0` (of a list, from 0). A dot that is
// part of a name is written \. and a backslash \\.
#pragma once

#include <penstock/datum.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::json {

class FieldPath {
 public:
  FieldPath() = default;
  // Throws Permanent for a text with an empty name in it.
  explicit FieldPath(std::string_view text);

  const std::string& first() const { return parts_.front(); }
  const std::string& last() const { return parts_.back(); }

  // Null where there is nothing.
  Datum find(const Datum& record) const { return walk(record, parts_); }
  Datum find_below_first(const Datum& value) const {
    return walk(value, std::span(parts_).subspan(1));
  }

 private:
  static Datum walk(Datum value, std::span<const std::string> parts);

  std::vector<std::string> parts_;
};

}  // namespace penstock::json
