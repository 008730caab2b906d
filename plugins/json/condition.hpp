// What a record has to be like: FIELD OP VALUE, with spaces between.
//
//   status == 200   level != "debug"   user.age >= 18   name < M   code in [200, 204]   id exists
//
// VALUE is JSON: a number, text, true, false or null; a word that is not JSON is text. A field that
// is not there is null, and `exists` means: not null. == and != compare any two values, numbers by
// their value (1 == 1.0); < <= > >= compare two numbers or two texts (by their bytes) and are false
// for anything else.
#pragma once

#include <string>
#include <string_view>

#include "json/field_path.hpp"
#include "json/parser.hpp"

namespace penstock::json {

class Condition {
 public:
  // Throws Permanent, with the form, if it is none.
  Condition(std::string_view text, Parser& parser);

  bool holds(const Datum& record) const;

 private:
  enum class Operator { equal, unequal, less, at_most, greater, at_least, in, exists };

  void read_value(std::string_view text, Parser& parser);
  [[noreturn]] void refuse(const std::string& why) const;

  std::string text_;
  FieldPath field_;
  Operator operator_ = Operator::exists;
  std::string value_;  // CBOR
};

}  // namespace penstock::json
