#include "sqlite_task.hpp"

using namespace penstock;
using Catch::Matchers::Contains;

TEST_CASE("sqlite.rows gives each row as a record, its columns in order") {
  const TemporaryFolder folder;
  make(
      "CREATE TABLE t (id, name, height, photo, note);"
      "INSERT INTO t VALUES (1, 'Ada', 1.65, x'00ff', NULL), (2, '', 3.0, x'', 'a')");
  SqliteTask source("rows", {{"database", "a.db"}, {"table", "t"}});
  REQUIRE(source.rig.open());
  CHECK(source.rig.total() == 2);
  REQUIRE(source.rig.drain());
  CHECK(emitted(source.rig) ==
        "{\"id\":1,\"name\":\"Ada\",\"height\":1.65,\"photo\":\"AP8=\",\"note\":null}\n"
        "{\"id\":2,\"name\":\"\",\"height\":3.0,\"photo\":\"\",\"note\":\"a\"}\n");
}

namespace {

void make_numbers(int count) {
  make(
      "CREATE TABLE n (id INTEGER PRIMARY KEY, square); WITH RECURSIVE c(i) AS (SELECT 1 UNION "
      "ALL SELECT i + 1 FROM c WHERE i < " +
      std::to_string(count) + ") INSERT INTO n SELECT i, i * i FROM c");
}

// The rows that come when the source is replaced after each `piece` of them.
std::string in_pieces(const Rig::Settings& settings, std::size_t piece) {
  std::optional<Snapshot> at;
  std::string text;
  for (bool ended = false; !ended;) {
    SqliteTask source("rows", settings);
    if (at) REQUIRE(source.rig.restore(*at));
    REQUIRE(source.rig.open());
    REQUIRE(source.rig.produce(piece));
    REQUIRE(source.rig.snapshot());
    at = source.rig.answer();
    ended = source.rig.ended();
    text += emitted(source.rig);
  }
  return text;
}

}  // namespace

TEST_CASE("a successor goes on at any row, with a key and without") {
  const TemporaryFolder folder;
  make_numbers(30);
  const std::vector<Rig::Settings> ways{
      {{"database", "a.db"}, {"table", "n"}},
      {{"database", "a.db"}, {"table", "n"}, {"key", "square"}},
      {{"database", "a.db"}, {"query", "SELECT * FROM n ORDER BY id -- all"}},
      {{"database", "a.db"}, {"query", "SELECT id, square FROM n"}, {"key", "id"}}};
  for (const Rig::Settings& way : ways) {
    SqliteTask whole("rows", way);
    REQUIRE(whole.rig.open());
    REQUIRE(whole.rig.drain());
    REQUIRE(whole.rig.emissions().size() == 30);
    for (const std::size_t piece : {1, 7, 30}) {
      CHECK(in_pieces(way, piece) == emitted(whole.rig));
    }
  }
}

TEST_CASE("a successor that finds other rows says so") {
  const TemporaryFolder folder;
  make_numbers(30);
  const Rig::Settings settings{{"database", "a.db"}, {"table", "n"}};
  Snapshot at;
  {
    SqliteTask source("rows", settings);
    REQUIRE(source.rig.open());
    REQUIRE(source.rig.produce(10));
    REQUIRE(source.rig.snapshot());
    at = source.rig.answer();
  }
  const char* change = GENERATE("UPDATE n SET square = 0 WHERE id = 3",
                                "DELETE FROM n WHERE id > 4", "DELETE FROM n WHERE id = 10");
  make(change);
  SqliteTask successor("rows", settings);
  REQUIRE(successor.rig.restore(at));
  CHECK_FALSE(successor.rig.open());
  CHECK_THAT(successor.rig.failure()->text,
             Contains("the first 10 rows are not those that were read before"));

  SqliteTask forced("rows", settings);
  REQUIRE(forced.rig.restore(at));
  forced.rig.force();
  REQUIRE(forced.rig.open());
  CHECK(forced.rig.logs().size() == 1);
  REQUIRE(forced.rig.drain());
  SqliteTask whole("rows", settings);
  REQUIRE(whole.rig.open());
  REQUIRE(whole.rig.drain());
  std::string rest = emitted(whole.rig);
  for (int row = 0; row != 10 && !rest.empty(); ++row) rest.erase(0, rest.find('\n') + 1);
  CHECK(emitted(forced.rig) == rest);
}

TEST_CASE("a key has to be one") {
  const TemporaryFolder folder;
  make(
      "CREATE TABLE t (id, twice, holes);"
      "INSERT INTO t VALUES (1, 1, NULL), (2, 1, 2)");
  const auto failure = [](const char* key) {
    SqliteTask source("rows", {{"database", "a.db"}, {"table", "t"}, {"key", key}});
    if (source.rig.open()) CHECK_FALSE(source.rig.drain());
    return source.rig.failure()->text;
  };
  CHECK_THAT(failure("twice"), Contains("row 2: two rows have one key 'twice'"));
  CHECK_THAT(failure("holes"), Contains("row 1: the key 'holes' is null"));
  CHECK_THAT(failure("none"), Contains("none"));
  CHECK(failure("ID") == "'a.db': there is no column 'ID' to be the key");
}

TEST_CASE("sqlite.rows refuses what gives no rows") {
  const TemporaryFolder folder;
  make("CREATE TABLE t (id, name)");
  const auto refusal = [](const Rig::Settings& more) {
    Rig::Settings settings{{"database", "a.db"}};
    settings.insert(settings.end(), more.begin(), more.end());
    SqliteTask source("rows", settings);
    CHECK_FALSE(source.rig.open());
    CHECK(source.rig.failure()->kind == PENSTOCK_FAIL_PERMANENT);
    return source.rig.failure()->text;
  };
  CHECK_THAT(refusal({}), Contains("either `table` or `query`"));
  CHECK_THAT(refusal({{"table", "t"}, {"query", "SELECT 1"}}), Contains("either"));
  CHECK_THAT(refusal({{"table", "no"}}), Contains("has no table 'no'"));
  CHECK_THAT(refusal({{"query", "DELETE FROM t"}}), Contains("gives no rows"));
  CHECK_THAT(refusal({{"query", "SELECT 1; SELECT 2"}}), Contains("one SQL statement"));
  CHECK_THAT(refusal({{"query", "SELEKT 1"}}), Contains("syntax error"));
  CHECK_THAT(refusal({{"query", "SELECT id, name AS id FROM t"}}),
             Contains("two columns called 'id': name them with AS"));
}
