#include <signal.h>
#include <sys/resource.h>

#include "sqlite_task.hpp"

using namespace penstock;
using Catch::Matchers::Contains;
using std::chrono_literals::operator""ms;

TEST_CASE("sqlite.insert makes the table, and each field becomes a column of its type") {
  const TemporaryFolder folder;
  SqliteTask sink("insert", {{"database", "a.db"}, {"table", "people"}, {"create", "true"}});
  REQUIRE(sink.rig.open());
  REQUIRE(sink.rig.run(Person{1, "Ada", 1.65}));
  REQUIRE(sink.rig.run(Person{2, "Grace", std::nullopt}));
  REQUIRE(sink.rig.commit({1, true, true}));
  CHECK(answer("SELECT * FROM people") == R"([1,"Ada",1.65][2,"Grace",null])");
  CHECK(answer("SELECT type FROM pragma_table_info('people')") == R"(["INTEGER"]["TEXT"]["REAL"])");
  CHECK(answer("SELECT writer, epoch FROM _penstock_epochs") == R"(["rig/task",1])");
}

TEST_CASE("sqlite.insert makes the folder of its database where it may create") {
  const TemporaryFolder folder;
  const Rig::Settings there{{"database", "out/deep/a.db"}, {"table", "people"}};
  SqliteTask cautious("insert", there);
  CHECK_FALSE(cautious.rig.open());
  CHECK_FALSE(std::filesystem::exists("out"));

  Rig::Settings creating = there;
  creating.emplace_back("create", "true");
  SqliteTask sink("insert", creating);
  REQUIRE(sink.rig.open());
  REQUIRE(sink.rig.run(Person{1, "Ada", 1.65}));
  REQUIRE(sink.rig.commit({1, true, true}));
  CHECK(std::filesystem::is_regular_file("out/deep/a.db"));

  SqliteTask below_a_file(
      "insert", {{"database", "out/deep/a.db/b.db"}, {"table", "people"}, {"create", "true"}});
  CHECK_FALSE(below_a_file.rig.open());
  CHECK(below_a_file.rig.failure()->kind == PENSTOCK_FAIL_PERMANENT);
  CHECK_THAT(below_a_file.rig.failure()->text, Contains("cannot make its folder: Not a dir"));
}

TEST_CASE("sqlite.insert holds every kind of value") {
  const TemporaryFolder folder;
  make("CREATE TABLE t (a, b, c, d, e, f, g, h)");
  SqliteTask sink("insert", {{"database", "a.db"}, {"table", "t"}});
  REQUIRE(sink.rig.open());
  using std::string_view_literals::operator""sv;
  REQUIRE(run(sink.rig, item([](CborWriter& w) {
                w.map(8);
                w.text("a");
                w.boolean(true);
                w.text("b");
                w.integer(INT64_MIN);
                w.text("c");
                w.real(0.1);
                w.text("d");
                w.text("zero \0 \xff inside"sv);
                w.text("e");
                w.bytes(as_bytes("\0\1"sv));
                w.text("f");
                w.bytes({});
                w.text("g");
                w.list(2);
                w.integer(1);
                w.null();
                w.text("h");
                w.text("");
              })));
  REQUIRE(sink.rig.commit(1));
  CHECK(answer("SELECT a, b, c, hex(d), hex(e), typeof(f), length(f), g, h FROM t") ==
        "[1,-9223372036854775808,0.1,\"7A65726F200020FF20696E73696465\",\"0001\",\"blob\",0,"
        "\"[1,null]\",\"\"]");
}

TEST_CASE("a row that SQLite refuses fails its item and leaves the others") {
  const TemporaryFolder folder;
  make("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL, height REAL) STRICT");
  SqliteTask sink("insert", {{"database", "a.db"}, {"table", "people"}});
  REQUIRE(sink.rig.open());
  REQUIRE(sink.rig.run(Person{1, "Ada", 1.65}));
  const auto refused = [&](const std::string& bytes, const std::string& why) {
    CHECK_FALSE(run(sink.rig, bytes));
    CHECK(sink.rig.failure()->kind == PENSTOCK_FAIL_PERMANENT);
    CHECK_THAT(sink.rig.failure()->text, Contains(why));
  };
  const auto person = [](auto id, auto name, std::string_view third = "height") {
    return item([&](CborWriter& w) {
      w.map(3);
      w.text("id");
      id(w);
      w.text("name");
      name(w);
      w.text(third);
      w.real(1);
    });
  };
  const auto number = [](CborWriter& w) { w.integer(1); };
  const auto other = [](CborWriter& w) { w.integer(7); };
  const auto text = [](CborWriter& w) { w.text("x"); };
  const auto null = [](CborWriter& w) { w.null(); };
  const auto huge = [](CborWriter& w) { w.natural(UINT64_MAX); };
  refused(person(number, text), "UNIQUE constraint failed: people.id");
  refused(person(other, null), "NOT NULL constraint failed: people.name");
  refused(person(text, text), "datatype mismatch");
  refused(person(huge, text), "64 bits");
  refused(person(other, text, "weight"), "no column named weight");
  refused(item([](CborWriter& w) { w.text("people"); }), "is made of a record");
  REQUIRE(sink.rig.run(Person{2, "Grace", 1.7}));
  REQUIRE(sink.rig.commit(1));
  CHECK(answer("SELECT id FROM people") == "[1][2]");
}

TEST_CASE("sqlite.insert replaces rows by their key") {
  const TemporaryFolder folder;
  make("CREATE TABLE people (id INTEGER PRIMARY KEY, name, height, visits DEFAULT 7)");
  SqliteTask sink("insert",
                  {{"database", "a.db"}, {"table", "people"}, {"mode", "upsert"}, {"key", "id"}});
  REQUIRE(sink.rig.open());
  REQUIRE(sink.rig.run(Person{1, "Ada", 1.65}));
  REQUIRE(sink.rig.run(Person{1, "Grace", std::nullopt}));
  REQUIRE(run(sink.rig, item([](CborWriter& w) {
                w.map(1);
                w.text("id");
                w.integer(1);
              })));
  REQUIRE(sink.rig.commit(1));
  CHECK(answer("SELECT * FROM people") == R"([1,"Grace",null,7])");
}

TEST_CASE("an upsert without a unique key, or without `key`, is refused before any row") {
  const TemporaryFolder folder;
  make("CREATE TABLE people (id, name, height)");
  const Rig::Settings settings{{"database", "a.db"}, {"table", "people"}, {"mode", "upsert"}};
  SqliteTask without("insert", settings);
  CHECK_FALSE(without.rig.open());
  CHECK_THAT(without.rig.failure()->text, Contains("needs `key`"));
  Rig::Settings with = settings;
  with.emplace_back("key", "id");
  SqliteTask sink("insert", with);
  CHECK_FALSE(sink.rig.open());
  CHECK_THAT(sink.rig.failure()->text, Contains("ON CONFLICT clause does not match"));
}

TEST_CASE("`columns` takes some fields, and null where there is none") {
  const TemporaryFolder folder;
  make("CREATE TABLE t (height, name)");
  SqliteTask sink(
      "insert", {{"database", "a.db"}, {"table", "t"}, {"columns", "name"}, {"columns", "height"}});
  REQUIRE(sink.rig.open());
  REQUIRE(sink.rig.run(Person{1, "Ada", 1.65}));
  REQUIRE(run(sink.rig, item([](CborWriter& w) {
                w.map(1);
                w.text("name");
                w.text("Grace");
              })));
  REQUIRE(sink.rig.commit(1));
  CHECK(answer("SELECT name, height FROM t") == R"(["Ada",1.65]["Grace",null])");
}

TEST_CASE("what was not committed is gone with the instance, and the epoch says which that is") {
  const TemporaryFolder folder;
  const Rig::Settings settings{{"database", "a.db"}, {"table", "people"}, {"create", "true"}};
  {
    SqliteTask sink("insert", settings);
    REQUIRE(sink.rig.open());
    CHECK(sink.rig.held() == 0);
    REQUIRE(sink.rig.run(Person{1, "Ada", 1.65}));
    REQUIRE(sink.rig.commit(1));
    REQUIRE(sink.rig.run(Person{2, "Grace", 1.7}));
  }
  CHECK(answer("SELECT id FROM people") == "[1]");
  {
    SqliteTask successor("insert", settings);  // nobody heard of epoch 1
    REQUIRE(successor.rig.open(0));
    CHECK(successor.rig.held() == 1);
  }
  {
    SqliteTask successor("insert", settings);
    REQUIRE(successor.rig.open(1));
    CHECK(successor.rig.held() == 1);
    REQUIRE(successor.rig.run(Person{2, "Grace", 1.7}));
    REQUIRE(successor.rig.commit(2));
  }
  SqliteTask other_run("insert", settings);
  other_run.rig.identify("other/task");
  REQUIRE(other_run.rig.open());
  CHECK(other_run.rig.held() == 0);
  CHECK(answer("SELECT id FROM people") == "[1][2]");
}

TEST_CASE("a database that knows nothing of what was committed to it is refused") {
  const TemporaryFolder folder;
  make("CREATE TABLE people (id)");
  SqliteTask sink("insert", {{"database", "a.db"}, {"table", "people"}});
  CHECK_FALSE(sink.rig.open(3));
  CHECK_THAT(sink.rig.failure()->text, Contains("has committed 3 epochs"));
}

TEST_CASE("a lock of somebody else fails the commit, not the items") {
  const TemporaryFolder folder;
  make("CREATE TABLE people (id, name, height)");
  const Rig::Settings settings{{"database", "a.db"}, {"table", "people"}, {"busy_timeout", "1ms"}};
  SqliteTask sink("insert", settings);
  REQUIRE(sink.rig.open());
  const sqlite::Database other("a.db", sqlite::Access::write, 0ms);
  other.execute("BEGIN IMMEDIATE");
  CHECK(sink.rig.run(Person{1, "Ada", 1.65}));
  CHECK_FALSE(sink.rig.commit(1));
  CHECK(sink.rig.failure()->kind == PENSTOCK_FAIL_TRANSIENT);
  CHECK_THAT(sink.rig.failure()->text, Contains("busy_timeout (1 ms)"));
  other.execute("ROLLBACK");
  SqliteTask successor("insert", settings);
  REQUIRE(successor.rig.open());
  REQUIRE(successor.rig.run(Person{1, "Ada", 1.65}));
  REQUIRE(successor.rig.commit(1));
  CHECK(answer("SELECT id FROM people") == "[1]");
}

TEST_CASE("no lock is held while nothing is written") {
  const TemporaryFolder folder;
  make("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, height)");
  SqliteTask sink("insert", {{"database", "a.db"}, {"table", "people"}});
  REQUIRE(sink.rig.open());
  CHECK_FALSE(run(sink.rig, item([](CborWriter& w) { w.text("no record"); })));
  CHECK_NOTHROW(sqlite::Database("a.db", sqlite::Access::write, 0ms).execute("BEGIN IMMEDIATE"));
}

TEST_CASE("a row whose trigger rolls all back fails the commit as well") {
  const TemporaryFolder folder;
  make(
      "CREATE TABLE people (id, name, height);"
      "CREATE TRIGGER no BEFORE INSERT ON people WHEN new.id = 2 "
      "BEGIN SELECT RAISE(ROLLBACK, 'not two'); END");
  SqliteTask sink("insert", {{"database", "a.db"}, {"table", "people"}});
  REQUIRE(sink.rig.open());
  REQUIRE(sink.rig.run(Person{1, "Ada", 1.65}));
  CHECK_FALSE(sink.rig.run(Person{2, "Grace", 1.7}));
  CHECK_THAT(sink.rig.failure()->text, Contains("not two"));
  CHECK(sink.rig.run(Person{3, "Mary", 1.6}));
  CHECK_FALSE(sink.rig.commit(1));
  CHECK(sink.rig.failure()->kind == PENSTOCK_FAIL_TRANSIENT);
  CHECK(answer("SELECT id FROM people").empty());
}

TEST_CASE("sqlite.insert says what is missing") {
  const TemporaryFolder folder;
  const auto refusal = [](const Rig::Settings& settings) {
    SqliteTask sink("insert", settings);
    CHECK_FALSE(sink.rig.open());
    CHECK(sink.rig.failure()->kind == PENSTOCK_FAIL_PERMANENT);
    return sink.rig.failure()->text;
  };
  CHECK_THAT(refusal({{"database", "a.db"}, {"table", "t"}}), Contains("cannot open"));
  CHECK_THAT(refusal({{"database", "no/a.db"}, {"table", "t"}}),
             Contains("No such file or directory"));
  make("CREATE TABLE other (id)");
  CHECK_THAT(refusal({{"database", "a.db"}, {"table", "t"}}), Contains("has no table 't'"));
  CHECK_THAT(refusal({{"database", "a.db"}, {"table", "other"}, {"columns", "x"}}),
             Contains("no column named x"));
  folder.write("text.db", std::string(5000, 'x'));
  CHECK_THAT(refusal({{"database", "text.db"}, {"table", "t"}}), Contains("not a database"));
}

TEST_CASE("a file that cannot grow is a lack, and ends the run") {
  const TemporaryFolder folder;
  make("CREATE TABLE people (id, name, height)");
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 256 << 10;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  {
    SqliteTask sink("insert", {{"database", "a.db"}, {"table", "people"}});
    REQUIRE(sink.rig.open());
    const std::string name(100'000, 'x');
    bool good = true;
    for (int epoch = 1; good && epoch != 9; ++epoch) {
      good = sink.rig.run(Person{epoch, name, 1}) && sink.rig.commit(epoch);
    }
    CHECK_FALSE(good);
    CHECK(sink.rig.failure()->kind == PENSTOCK_FAIL_LACK);
    CHECK_THAT(sink.rig.failure()->text, Contains("'a.db'"));
  }
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  ::signal(SIGXFSZ, handler);
}
