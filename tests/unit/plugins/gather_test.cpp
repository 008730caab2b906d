#include "files/gather.hpp"

#include <penstock/testing.hpp>

#include "catch.hpp"

using namespace penstock;

namespace {

struct Gathering {
  Plugin plugin;
  Rig rig;

  Gathering(const char* parameter, const char* value)
      : rig((plugin.stateful<files::Gather>("gather", ""), plugin), "gather",
            {{parameter, value}}) {}

  std::vector<std::string> pieces() const { return rig.emitted<std::string>(); }
};

using Pieces = std::vector<std::string>;

struct Row {
  std::string name;
  int count = 0;
};
PENSTOCK_FIELDS(Row, name, count)

}  // namespace

TEST_CASE("lines are put together until a piece has its size") {
  Gathering lines("size", "8");
  for (const char* line : {"one", "two", "three", "a line of its own", "", "x"}) {
    REQUIRE(lines.rig.run(line));
  }
  CHECK(lines.pieces() == Pieces{"one\ntwo\n", "three\na line of its own\n"});
  REQUIRE(lines.rig.finish());
  CHECK(lines.pieces().back() == "\nx\n");
  CHECK(lines.pieces().size() == 3);
}

TEST_CASE("rows have the formats of files.write") {
  Gathering json("format", "jsonl");
  REQUIRE(json.rig.run(Row{"a", 1}));
  REQUIRE(json.rig.run(Row{"b", 2}));
  REQUIRE(json.rig.finish());
  CHECK(json.pieces() == Pieces{"{\"name\":\"a\",\"count\":1}\n{\"name\":\"b\",\"count\":2}\n"});

  Gathering raw("format", "raw");
  REQUIRE(raw.rig.run("a"));
  CHECK_FALSE(raw.rig.run(Row{"b", 2}));
  CHECK(raw.rig.failure()->kind == PENSTOCK_FAIL_PERMANENT);
  REQUIRE(raw.rig.run("c"));
  REQUIRE(raw.rig.finish());
  CHECK(raw.pieces() == Pieces{"ac"});
}

TEST_CASE("without any item there is one empty piece, and with some there is none") {
  Gathering none("size", "1MiB");
  REQUIRE(none.rig.finish());
  CHECK(none.pieces() == Pieces{""});

  Gathering full("size", "2");
  REQUIRE(full.rig.run("x"));
  REQUIRE(full.rig.finish());
  CHECK(full.pieces() == Pieces{"x\n"});
}

TEST_CASE("a successor goes on at any item, and makes the same pieces") {
  Gathering whole("size", "10");
  for (int i = 0; i != 20; ++i) REQUIRE(whole.rig.run(std::to_string(i * i)));
  REQUIRE(whole.rig.finish());
  for (int stop = 0; stop <= 20; ++stop) {
    Gathering first("size", "10");
    for (int i = 0; i != stop; ++i) REQUIRE(first.rig.run(std::to_string(i * i)));
    REQUIRE(first.rig.snapshot());
    Gathering second("size", "10");
    REQUIRE(second.rig.restore(first.rig.answer()));
    for (int i = stop; i != 20; ++i) REQUIRE(second.rig.run(std::to_string(i * i)));
    REQUIRE(second.rig.finish());
    Pieces pieces = first.pieces();
    for (const std::string& piece : second.pieces()) pieces.push_back(piece);
    CHECK(pieces == whole.pieces());
  }
}
