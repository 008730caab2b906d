#include "state/database.hpp"

#include "catch.hpp"
#include "temporary_folder.hpp"

namespace penstock {
namespace {

using Catch::Contains;

class Opened {
 public:
  Opened() {
    std::ofstream(path()).flush();
    database_.emplace(Database::open(path(), Database::Mode::write).value());
    REQUIRE(database_->execute("CREATE TABLE t(name TEXT PRIMARY KEY, n INTEGER, b BLOB, sum)")
                .has_value());
  }

  std::filesystem::path path() const { return folder_.path() / "a.db"; }
  Database& operator*() { return *database_; }
  Database* operator->() { return &*database_; }

  // All rows, in the order of these columns; or why not.
  std::string read(const std::string& order = "rowid") {
    std::string seen;
    const auto done = database_->read("t", order, [&](Row row) -> Result<void> {
      REQUIRE(row.size() == 3);
      seen += std::get<std::string>(row[0]) + "=" + std::to_string(std::get<std::int64_t>(row[1])) +
              "," + std::get<Blob>(row[2]).bytes + ";";
      return {};
    });
    if (done) return seen;
    CHECK(done.error().status() == Status::refused);
    return done.error().what();
  }

  std::string damage(int row) const {
    return path().string() + ": damaged: row " + std::to_string(row) +
           " of table `t` is not what was written";
  }

 private:
  TemporaryFolder folder_;
  std::optional<Database> database_;
};

TEST_CASE("rows come back as they were put, in the order that was asked for") {
  Opened opened;
  const std::string zeros("a\0b", 3);
  REQUIRE(opened->put("t", {std::string("two"), std::int64_t{-2}, Blob{zeros}}).has_value());
  REQUIRE(opened->put("t", {zeros, cell(UINT64_MAX), Blob{}}).has_value());
  CHECK(opened.read() == "two=-2," + zeros + ";" + zeros + "=-1,;");
  CHECK(opened.read("n DESC") == zeros + "=-1,;two=-2," + zeros + ";");
}

TEST_CASE("a row with the same key takes the place of the one before") {
  Opened opened;
  for (const char* bytes : {"1", "2", "3"}) {
    REQUIRE(opened->put("t", {std::string("one"), std::int64_t{1}, Blob{bytes}}).has_value());
  }
  CHECK(opened.read() == "one=1,3;");
}

TEST_CASE("a row that somebody has changed is named with its table") {
  Opened opened;
  REQUIRE(opened->put("t", {std::string("one"), std::int64_t{1}, Blob{"x"}}).has_value());
  REQUIRE(opened->put("t", {std::string("two"), std::int64_t{2}, Blob{"y"}}).has_value());
  const std::string good = opened.read();
  for (const char* change : {"n = 3", "name = 'tvo'", "b = x'00'", "sum = sum + 1", "sum = NULL",
                             "b = 'y'", "n = NULL", "n = 2.0", "name = x'74776f'", "n = 2.5"}) {
    CAPTURE(change);
    REQUIRE(opened->execute("BEGIN").has_value());
    REQUIRE(
        opened->execute(std::string("UPDATE t SET ") + change + " WHERE rowid = 2").has_value());
    // A whole number stays one in a column of such.
    CHECK(opened.read() == (std::string(change) == "n = 2.0" ? good : opened.damage(2)));
    REQUIRE(opened->execute("ROLLBACK").has_value());
  }
  CHECK(opened.read() == good);
}

TEST_CASE("a checksum tells kinds, lengths and places apart") {
  const std::string a = "a";
  const std::vector<Row> rows = {{},
                                 {a},
                                 {Blob{a}},
                                 {a, std::string()},
                                 {std::string(), a},
                                 {std::string("aa")},
                                 {a, a},
                                 {std::int64_t{'a'}},
                                 {std::int64_t{0}},
                                 {std::string()},
                                 {Blob{}}};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(checksum(rows[i]) == checksum(Row(rows[i])));
    for (std::size_t k = 0; k < i; ++k) CHECK(checksum(rows[i]) != checksum(rows[k]));
  }
  // It stands on disks: it may not change.
  CHECK(checksum({std::int64_t{7}, std::string("text"), Blob{"bytes"}}) == 0xd39be766);
}

TEST_CASE("who is given a row may end the reading, and read again") {
  Opened opened;
  REQUIRE(opened->put("t", {std::string("one"), std::int64_t{1}, Blob{}}).has_value());
  REQUIRE(opened->put("t", {std::string("two"), std::int64_t{2}, Blob{}}).has_value());
  int rows = 0;
  const auto done = opened->read("t", "rowid", [&](Row) -> Result<void> {
    ++rows;
    return Error(Status::interrupted, "enough");
  });
  REQUIRE(done.has_error());
  CHECK(done.error().status() == Status::interrupted);
  CHECK(rows == 1);
  CHECK(opened.read() == "one=1,;two=2,;");
  CHECK(opened->execute("DROP TABLE t").has_value());  // no statement holds it
}

TEST_CASE("what goes wrong is refused and names the file") {
  Opened opened;
  const auto refusal = [&](const auto& result) -> std::string {
    REQUIRE(result.has_error());
    CHECK(result.error().status() == Status::refused);
    return result.error().what();
  };
  const std::string file = opened.path().string() + ": ";
  CHECK(refusal(opened->execute("nonsense")) == file + "near \"nonsense\": syntax error");
  CHECK(refusal(opened->run("DELETE FROM none WHERE a = ?", {std::string()})) ==
        file + "no such table: none");
  CHECK(refusal(opened->run("DELETE FROM t WHERE n = 1", {std::string()})) ==
        file + "column index out of range");
  CHECK_THAT(refusal(opened->put("t", {std::string("few")})), Contains(file));
  CHECK(refusal(opened->value("SELECT n FROM none")) == file + "no such table: none");
  const auto missing = opened.path().parent_path() / "none.db";
  CHECK(refusal(Database::open(missing, Database::Mode::write)) ==
        missing.string() + ": unable to open database file");
  CHECK_FALSE(std::filesystem::exists(missing));
}

TEST_CASE("who opened it to read does not write") {
  Opened opened;
  auto reader = Database::open(opened.path(), Database::Mode::read).value();
  const auto put = reader.put("t", {std::string("one"), std::int64_t{1}, Blob{}});
  REQUIRE(put.has_error());
  CHECK(put.error().what() == opened.path().string() + ": attempt to write a readonly database");
}

TEST_CASE("a database can be moved, with its statements") {
  Opened opened;
  const Row one = {std::string("one"), std::int64_t{1}, Blob{}};
  REQUIRE(opened->put("t", one).has_value());
  Database moved = std::move(*opened);
  REQUIRE(moved.put("t", one).has_value());
  *opened = std::move(moved);
  REQUIRE(opened->put("t", one).has_value());
  CHECK(opened.read() == "one=1,;");
  CHECK(opened->value("SELECT count(*) FROM t").value() == Cell(std::int64_t{1}));
}

}  // namespace
}  // namespace penstock
