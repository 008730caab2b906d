// One argument of a command as the pipeline file gives it, with placeholders for parts of the item:
//
//   {}      the item: text and bytes as they are, a number or bool as text, all else as JSON
//   {name}  the field `name` of a record, in the same way; null is empty
//   {#}     the item's id, such as "paths:17"
//
// Before the closing brace / keeps the base name, // the folder, . drops the extension, and /. does
// both of the first and the last: {/.}, {path/.}. {{ and }} are braces.
#pragma once

#include <penstock/datum.hpp>
#include <penstock/errors.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::exec {

class Argument {
 public:
  using Id = std::function<std::string_view()>;

  // Throws Permanent for a brace without its other half.
  explicit Argument(std::string_view text);

  bool fixed() const;       // the same for each item
  bool takes_item() const;  // or a part of it

  // Throws Permanent if the item has no such field, or if what it is filled with has a NUL in it.
  // `id` is asked for only where {#} stands.
  void fill(const Datum& item, const Id& id, std::string& out) const;

 private:
  enum class What { literal, item, field, id };
  enum class Cut { none, base, folder, no_extension, bare_base };
  struct Part {
    What what = What::literal;
    Cut cut = Cut::none;
    std::string text;  // or the name of the field
  };

  static Part placeholder(std::string_view inside);
  static std::string_view cut_off(Cut cut, std::string_view path);

  std::string whole_;
  std::vector<Part> parts_;
};

// Text and bytes as they are, all else in JSON; null is empty.
void append_plain(std::string& out, const Datum& value);

// The value of a record's field. Throws Permanent, and names the fields that there are.
Datum field_of(const Datum& item, std::string_view name);

}  // namespace penstock::exec
