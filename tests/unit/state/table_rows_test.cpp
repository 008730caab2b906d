#include "state/table_rows.hpp"

#include "catch.hpp"
#include "state/database.hpp"
#include "temporary_folder.hpp"

namespace penstock {
namespace {

using Catch::Contains;

class TableFile {
 public:
  explicit TableFile(const std::string& sql) {
    std::ofstream(path()).flush();
    auto database = Database::open(path(), Database::Mode::write).value();
    REQUIRE(database.execute(sql).has_value());
  }

  std::filesystem::path path() const { return folder_.path() / "a.db"; }
  std::string rows() const { return table_rows(path()).value(); }

 private:
  TemporaryFolder folder_;
};

TEST_CASE("a file of SQLite is known by its first bytes") {
  CHECK(is_table_file(content_of(TableFile("CREATE TABLE t(a)").path())));
  CHECK_FALSE(is_table_file(""));
  CHECK_FALSE(is_table_file("SQLite format 3"));
  CHECK_FALSE(is_table_file("SQLite format 3 and so on"));
}

TEST_CASE("rows are lines, with the table's name and the values as SQL writes them") {
  CHECK(TableFile("CREATE TABLE people(name TEXT, n INTEGER, x REAL, b BLOB);"
                  "INSERT INTO people VALUES ('O''Hara', 7, 0.5, x'00ff'), (NULL, -1, 2.0, NULL);"
                  "CREATE TABLE empty(a);"
                  "CREATE TABLE towns(name TEXT PRIMARY KEY) WITHOUT ROWID;"
                  "INSERT INTO towns VALUES ('Paris')")
            .rows() ==
        "people: 'O''Hara', 7, 0.5, X'00FF'\n"
        "people: NULL, -1, 2.0, NULL\n"
        "towns: 'Paris'\n");
}

TEST_CASE("names of tables and columns may be anything") {
  CHECK(TableFile("CREATE TABLE \"it's \"\"x\"\"\"(\"a \"\"b\"\"\", 'it''s');"
                  "INSERT INTO \"it's \"\"x\"\"\" VALUES (1, 2);"
                  "CREATE TABLE sqlites(a);"
                  "INSERT INTO sqlites VALUES (3)")
            .rows() == "it's \"x\": 1, 2\nsqlites: 3\n");
}

TEST_CASE("what SQLite keeps for itself is left out") {
  CHECK(TableFile("CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT);"
                  "INSERT INTO t VALUES (5);"
                  "CREATE VIEW v AS SELECT a FROM t")
            .rows() == "t: 5\n");
}

TEST_CASE("what a sink notes of itself is left out, because it is another one in each run") {
  CHECK(TableFile("CREATE TABLE t(a); INSERT INTO t VALUES (5);"
                  "CREATE TABLE _penstock_epochs(writer, epoch);"
                  "INSERT INTO _penstock_epochs VALUES ('a1/save', 7);"
                  "CREATE TABLE \"_penstockX\"(a); INSERT INTO \"_penstockX\" VALUES (6)")
            .rows() == "t: 5\n_penstockX: 6\n");
}

TEST_CASE("a file that cannot be read is refused with its path") {
  const TemporaryFolder folder;
  const auto missing = folder.path() / "none.db";
  const auto none = table_rows(missing);
  REQUIRE(none.has_error());
  CHECK(none.error().status() == Status::refused);
  CHECK_THAT(none.error().what(), Contains(missing.string()));
  const auto broken = folder.path() / "broken.db";
  std::ofstream(broken) << "SQLite format 3" << '\0' << std::string(4000, 'x');
  const auto damaged = table_rows(broken);
  REQUIRE(damaged.has_error());
  CHECK(damaged.error().status() == Status::refused);
  CHECK_THAT(damaged.error().what(), Contains(broken.string()));
}

}  // namespace
}  // namespace penstock
