// json.select: of the records that meet all conditions, the fields that are asked for; the others
// go to `rest` as they are. An item that is text or bytes is read as JSON first. Without `fields` a
// record is passed on whole, and no byte of it is copied.
#pragma once

#include <penstock/plugin.hpp>

#include "json/condition.hpp"
#include "json/field_path.hpp"
#include "json/parser.hpp"

namespace penstock::json {

class Select {
 public:
  std::vector<std::string> fields;
  std::vector<std::string> where;

  void params(Params& p);
  void open();
  void run(const Datum& item, Emit<Datum>& out);

 private:
  struct Field {
    std::string key;  // as CBOR
    FieldPath path;
    Datum found;  // in the record at hand
  };

  void add_field(std::string_view text);
  Datum record_of(const Datum& item);
  Bytes selected(const Datum& record);

  Parser parser_;
  std::vector<Field> fields_;
  std::vector<Condition> conditions_;
  std::string head_;  // of the map that is made
  std::string parsed_;
  std::string made_;
};

}  // namespace penstock::json
