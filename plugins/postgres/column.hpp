// A column of a table, and how a value is written for it in a row of COPY's text format. What the
// column can never take is refused here, where that is plain, before the server sees it: such a
// refusal costs nothing, while one of the server costs the whole COPY.
#pragma once

#include <penstock/datum.hpp>
#include <penstock/errors.hpp>

#include <string>

namespace penstock::postgres {

// Object ids of built-in types, which do not change.
enum class SqlType : unsigned {
  boolean = 16,
  bytea = 17,
  int8 = 20,
  int2 = 21,
  int4 = 23,
  text = 25,
  json = 114,
  float4 = 700,
  float8 = 701,
  varchar = 1043,
  jsonb = 3802,
};

struct Column {
  std::string name;
  SqlType type = SqlType::text;
  bool not_null = false;
  bool needed = false;         // not null, and the server has nothing to put there
  std::size_t most_chars = 0;  // of varchar(n); 0: no limit
};

// Appends the value, escaped. Throws Permanent, and has appended something perhaps, if the column
// does not take it.
void append_value(std::string& out, const Column& column, const Datum& value);

}  // namespace penstock::postgres
