// Finds some fields of a record in one pass over it. What it finds are views into the record.
#pragma once

#include <penstock/datum.hpp>

#include <string>
#include <vector>

namespace penstock::table {

class FieldFinder {
 public:
  // The index of the field of that name, which is looked for from now on.
  std::size_t add(const std::string& name);
  std::size_t size() const { return names_.size(); }
  const std::vector<std::string>& names() const { return names_; }

  // False if it is no record. A field that is not there is null. Throws Malformed where the record
  // is damaged.
  bool find(const Datum& record);
  const Datum& operator[](std::size_t field) const { return found_[field]; }

 private:
  std::vector<std::string> names_;
  std::vector<Datum> found_;
};

}  // namespace penstock::table
