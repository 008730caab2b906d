#include "files/row_format.hpp"

#include <penstock/wire.hpp>

#include "catch.hpp"

using namespace penstock;
using files::Format;

namespace {

struct Row {
  std::string name;
  double number = 0;
  std::optional<int> maybe;
  std::vector<int> list;
};
PENSTOCK_FIELDS(Row, name, number, maybe, list)

template <class T>
std::string row(Format format, const T& value) {
  std::string encoded;
  CborWriter writer(encoded);
  sdk::Codec<T>::write(writer, value);
  std::string out;
  files::append_row(out, format, Datum::cbor(as_bytes(encoded)));
  return out;
}

std::string text(Format format, std::string_view value) {
  return row(format, value);
}

const Row sample{"a\tb\\c\nd\r", 1.5, {}, {1, 2}};

}  // namespace

TEST_CASE("the format follows the path's ending unless it is given") {
  CHECK(files::resolved(Format::auto_, "a.tsv") == Format::tsv);
  CHECK(files::resolved(Format::auto_, "a.jsonl") == Format::jsonl);
  CHECK(files::resolved(Format::auto_, "a.ndjson") == Format::jsonl);
  CHECK(files::resolved(Format::auto_, "a.jsonl.gz") == Format::raw);
  CHECK(files::resolved(Format::auto_, "a.zst") == Format::raw);
  CHECK(files::resolved(Format::auto_, "a.txt") == Format::lines);
  CHECK(files::resolved(Format::auto_, "-") == Format::lines);
  CHECK(files::resolved(Format::lines, "a.tsv") == Format::lines);
}

TEST_CASE("lines") {
  CHECK(text(Format::lines, "as\tit is") == "as\tit is\n");
  CHECK(text(Format::lines, "one\ntwo\n") == "one\ntwo\n");
  CHECK(text(Format::lines, "") == "\n");
  CHECK(row(Format::lines, 5) == "5\n");
  CHECK(row(Format::lines, true) == "true\n");
  CHECK(row(Format::lines, as_bytes("\xff")) == "\xff\n");
  CHECK(row(Format::lines, Row{"x", 1, 2, {}}) ==
        "{\"name\":\"x\",\"number\":1.0,\"maybe\":2,\"list\":[]}\n");
}

TEST_CASE("tsv keeps a row on one line") {
  CHECK(row(Format::tsv, sample) == "a\\tb\\\\c\\nd\\r\t1.5\t\t[1,2]\n");
  CHECK(row(Format::tsv, std::tuple(1, std::string("x"))) == "1\tx\n");
  CHECK(text(Format::tsv, "a\tb") == "a\\tb\n");
  CHECK(row(Format::tsv, as_bytes("foo")) == "Zm9v\n");
}

TEST_CASE("jsonl") {
  CHECK(row(Format::jsonl, sample) ==
        "{\"name\":\"a\\tb\\\\c\\nd\\r\",\"number\":1.5,\"maybe\":null,\"list\":[1,2]}\n");
  CHECK(text(Format::jsonl, "x") == "\"x\"\n");
}

TEST_CASE("raw adds nothing, and takes nothing but text and bytes") {
  CHECK(text(Format::raw, "as\tit is") == "as\tit is");
  CHECK(text(Format::raw, "") == "");
  CHECK(row(Format::raw, as_bytes("\xff\n")) == "\xff\n");
  CHECK_THROWS_WITH(row(Format::raw, 5),
                    "raw output is made of text and bytes, and this item is int");
  CHECK_THROWS_AS(row(Format::raw, sample), Malformed);
}

TEST_CASE("a damaged item leaves nothing of itself") {
  for (const Format format : {Format::lines, Format::tsv, Format::jsonl}) {
    std::string out = "before";
    CHECK_THROWS_AS(files::append_row(out, format, Datum::cbor(as_bytes("\x82\x61x\x9f"))),
                    Malformed);
    CHECK(out == "before");
  }
}
