// What can be seen of the plugin without a server; with one: tests/integration/postgres_test.py.
#include <penstock/testing.hpp>

#include "catch.hpp"
#include "postgres/batch.hpp"
#include "postgres/column.hpp"
#include "postgres/insert.hpp"
#include "postgres/rows.hpp"

using namespace penstock;
using namespace penstock::postgres;
using Catch::Matchers::Contains;
using std::string_view_literals::operator""sv;

namespace {

std::string written(SqlType type, auto write, std::size_t most_chars = 0) {
  std::string item;
  CborWriter writer(item);
  write(writer);
  Column column;
  column.name = "c";
  column.type = type;
  column.not_null = type == SqlType::json;
  column.most_chars = most_chars;
  std::string text;
  append_value(text, column, Datum::cbor(as_bytes(item)));
  return text;
}

std::string of_text(SqlType type, std::string_view text, std::size_t most_chars = 0) {
  return written(
      type, [&](CborWriter& w) { w.text(text); }, most_chars);
}

std::string of_number(SqlType type, std::int64_t number) {
  return written(type, [&](CborWriter& w) { w.integer(number); });
}

std::string of_real(SqlType type, double number) {
  return written(type, [&](CborWriter& w) { w.real(number); });
}

}  // namespace

TEST_CASE("values are written as COPY reads them") {
  CHECK(written(SqlType::text, [](CborWriter& w) { w.null(); }) == "\\N");
  CHECK(written(SqlType::boolean, [](CborWriter& w) { w.boolean(true); }) == "true");
  CHECK(written(SqlType::int4, [](CborWriter& w) { w.boolean(true); }) == "1");
  CHECK(of_number(SqlType::int8, INT64_MIN) == "-9223372036854775808");
  CHECK(written(SqlType::text, [](CborWriter& w) { w.natural(UINT64_MAX); }) ==
        "18446744073709551615");
  CHECK(of_real(SqlType::float8, 0.1) == "0.1");
  CHECK(of_real(SqlType::float8, -1.0 / 0.0) == "-Infinity");
  CHECK(of_real(SqlType::float8, std::nan("")) == "NaN");
  CHECK(of_real(SqlType::int4, 3.0) == "3");
  CHECK(of_text(SqlType::text, "a\tb\nc\rd\\e") == "a\\tb\\nc\\rd\\\\e");
  CHECK(of_text(SqlType::text, "\\N") == "\\\\N");
  CHECK(of_text(SqlType::text, "") == "");
  CHECK(of_text(SqlType::bytea, "\0\xff"sv) == "\\\\x00ff");
  CHECK(written(SqlType::bytea, [](CborWriter& w) { w.bytes(as_bytes("\1"sv)); }) == "\\\\x01");
  CHECK(written(SqlType::jsonb, [](CborWriter& w) {
          w.list(2);
          w.text("\n");
          w.null();
        }) == "[\"\\\\n\",null]");
}

TEST_CASE("what a column can never take is refused without the server") {
  CHECK_THROWS_WITH(written(SqlType::json, [](CborWriter& w) { w.null(); }),
                    "column 'c': it takes no null");
  CHECK_THROWS_WITH(of_number(SqlType::int2, 32768), Contains("beyond what its type holds"));
  CHECK_THROWS_WITH(of_number(SqlType::int4, -2147483649), Contains("beyond"));
  CHECK_THROWS_WITH(written(SqlType::int8, [](CborWriter& w) { w.natural(UINT64_MAX); }),
                    Contains("beyond"));
  CHECK_THROWS_WITH(of_real(SqlType::int4, 0.5), Contains("no whole number"));
  CHECK_THROWS_WITH(of_real(SqlType::int8, 1e300), Contains("no whole number"));
  CHECK_THROWS_WITH(of_real(SqlType::int8, std::nan("")), Contains("no whole number"));
  CHECK_THROWS_WITH(of_text(SqlType::int4, ""), "column 'c': '' is no number");
  CHECK_THROWS_WITH(of_text(SqlType::int4, "12 men"), Contains("is no number"));
  CHECK_THROWS_WITH(of_text(SqlType::float8, "oh"), Contains("is no number"));
  CHECK_THROWS_WITH(of_text(SqlType::text, "a\0b"sv),
                    "column 'c': text has a NUL byte at offset 1, "
                    "which no text here can");
  CHECK_THROWS_WITH(of_text(SqlType::text, "ab\xff"), "column 'c': text is not UTF-8 at offset 2");
  CHECK_THROWS_WITH(of_text(SqlType::varchar, "äöü!", 3),
                    Contains("4 characters is longer than the 3"));
  CHECK_THROWS_WITH(written(SqlType::text, [](CborWriter& w) { w.bytes(as_bytes("a"sv)); }),
                    Contains("bytea"));
  CHECK(of_text(SqlType::varchar, "äöü", 3) == "äöü");
  CHECK(of_text(SqlType::int4, " 12 ") == " 12 ");
  CHECK(of_text(SqlType::int8, "0x1f") == "0x1f");
  CHECK(of_text(SqlType::float8, "-1.5e3") == "-1.5e3");
  CHECK(of_text(SqlType::float4, "-Infinity") == "-Infinity");
}

TEST_CASE("a fingerprint depends on each byte and on where a row ends") {
  const std::uint64_t whole = fingerprint(fingerprint(0, "ab"), "c");
  CHECK(whole == fingerprint(fingerprint(0, "ab"), "c"));
  CHECK(whole != fingerprint(fingerprint(0, "a"), "bc"));
  CHECK(whole != fingerprint(fingerprint(0, "ab"), "d"));
  CHECK(fingerprint(0, std::string(17, 'x')) != fingerprint(0, std::string(16, 'x') + 'y'));
}

TEST_CASE("parameters that cannot be right are refused without the server") {
  Plugin plugin;
  plugin.sink<Insert>("insert", "");
  plugin.source<Rows>("rows", "");
  const std::string nowhere = "host=/nowhere dbname=no";
  Rig upsert(plugin, "insert", {{"connection", nowhere}, {"table", "t"}, {"mode", "upsert"}});
  CHECK_FALSE(upsert.open());
  CHECK_THAT(upsert.failure()->text, Contains("needs `key`"));
  Rig both(plugin, "rows", {{"connection", nowhere}, {"table", "t"}, {"query", "SELECT 1"}});
  CHECK_FALSE(both.open());
  CHECK_THAT(both.failure()->text, Contains("either `table` or `query`"));
  Rig old(plugin, "insert", {{"connection", nowhere}, {"table", "t"}});
  old.identify("");
  CHECK_FALSE(old.open());
  CHECK_THAT(old.failure()->text, Contains("this engine is too old for the task"));
  Rig neither(plugin, "rows", {{"connection", nowhere}});
  CHECK_FALSE(neither.open());
  CHECK_THAT(neither.failure()->text, Contains("either `table` or `query`"));
  Rig away(plugin, "insert", {{"connection", nowhere + " password=hush"}, {"table", "t"}});
  CHECK_FALSE(away.open());
  CHECK(away.failure()->kind == PENSTOCK_FAIL_TRANSIENT);
  CHECK_THAT(away.failure()->text, Contains("database 'no' at /nowhere: cannot connect"));
  CHECK_THAT(away.failure()->text, !Contains("hush"));
  Rig wrong(plugin, "insert", {{"connection", "no such thing"}, {"table", "t"}});
  CHECK_FALSE(wrong.open());
  CHECK(wrong.failure()->kind == PENSTOCK_FAIL_PERMANENT);
}
