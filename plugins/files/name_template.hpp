// Names of files, made from items: "out/{n}.txt", "out/{id}", "{year}/{name}.json". {n} is the
// number of the item, from 1, {id} its id, anything else a field of a record. In what is filled in,
// / and %, control characters and a dot at its beginning are written as % with two hex digits: so
// different values make different names, and none leads out of its folder. {path/}, with a slash
// behind the field's name, keeps the folders of a path; each of their names is filled in like that,
// and . and empty ones are left out.
#pragma once

#include <penstock/datum.hpp>
#include <penstock/errors.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::files {

class NameTemplate {
 public:
  NameTemplate() = default;
  // Throws Permanent for a text that would give each item the same name, or is not closed.
  explicit NameTemplate(std::string_view text);

  // Throws Permanent if the item has no such field, or one that is no part of a name.
  std::string make(std::uint64_t number, std::string_view id, const Datum& item) const;

 private:
  struct Part {
    std::string text;
    bool field = false;
    bool folders = false;  // a path, whose folders are kept
  };
  std::vector<Part> parts_;
};

}  // namespace penstock::files
