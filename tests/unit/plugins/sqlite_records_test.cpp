// Items that make no row, whatever the table: each fails alone, with the reason.
#include "sqlite_task.hpp"

// Bytes as they stand: a plugin on the C contract alone can emit what is no item.
struct Raw {
  std::string bytes;
};
template <>
struct penstock::sdk::Wire<Raw> {
  static std::string type() { return "any"; }
  template <class Send>
  static void encode(const Raw& value, std::string&, Send send) {
    send(as_bytes(value.bytes));
  }
};

using namespace penstock;
using Catch::Matchers::Contains;

namespace {

// A record of numbers; more fields than one may have the same name.
std::string numbers(const std::vector<const char*>& names) {
  return item([&](CborWriter& w) {
    w.map(names.size());
    for (const char* name : names) {
      w.text(name);
      w.integer(1);
    }
  });
}

// Why table `t` does not take an item.
std::string refusal(const Rig::Settings& more, const std::string& bytes) {
  Rig::Settings settings{{"database", "a.db"}, {"table", "t"}};
  settings.insert(settings.end(), more.begin(), more.end());
  SqliteTask sink("insert", settings);
  REQUIRE(sink.rig.open());
  if (sink.rig.run(Raw{bytes})) return "taken";
  CHECK(sink.rig.failure()->kind == PENSTOCK_FAIL_PERMANENT);
  return sink.rig.failure()->text;
}

}  // namespace

TEST_CASE("a record with two fields of one name makes no row") {
  const TemporaryFolder folder;
  make("CREATE TABLE t (id INTEGER PRIMARY KEY, name)");
  const std::string reason = "the record has two fields called 'id'";
  CHECK(refusal({}, numbers({"id", "id"})) == reason);
  CHECK(refusal({}, numbers({"id", "name", "id"})) == reason);
  const Rig::Settings both{{"columns", "name"}, {"columns", "id"}};
  CHECK(refusal(both, numbers({"id", "name", "id"})) == reason);
  CHECK(refusal(both, numbers({"name", "id", "id"})) == reason);
  CHECK(refusal(both, numbers({"other", "id", "other"})) == "taken");
}

TEST_CASE("an upsert needs each field of its key") {
  const TemporaryFolder folder;
  make("CREATE TABLE t (id INTEGER PRIMARY KEY, name)");
  const Rig::Settings upsert{{"mode", "upsert"}, {"key", "id"}};
  CHECK(refusal(upsert, numbers({"name"})) ==
        "the record has no field 'id', which is a key of the table");
  CHECK(refusal(upsert, numbers({"name", "id"})) == "taken");
}

TEST_CASE("an item that cannot be a table leaves none") {
  const TemporaryFolder folder;
  const Rig::Settings creating{{"create", "true"}};
  CHECK(refusal(creating, numbers({})) == "a table cannot be made of a record without fields");
  CHECK(refusal(creating, item([](CborWriter& w) { w.text("x"); })) ==
        "a row is made of a record, and this item is text");
  CHECK_THAT(refusal(creating, numbers({"id", "id"})), Contains("duplicate column name: id"));
  CHECK_THAT(refusal(creating, numbers({"id", "name"}).substr(0, 8)), Contains("is damaged"));
  CHECK_THAT(refusal({{"create", "true"}, {"key", "no"}}, numbers({"id"})), Contains("\"no\""));
  CHECK(answer("SELECT name FROM sqlite_master WHERE name = 't'").empty());
  CHECK(refusal(creating, numbers({"id"})) == "taken");
}

TEST_CASE("an item that is damaged is refused whatever is made of it") {
  const TemporaryFolder folder;
  make("CREATE TABLE t (id, name)");
  const std::string cut = numbers({"id", "name"}).substr(0, 8);
  CHECK_THAT(refusal({}, cut), Contains("the item is damaged: "));
  CHECK_THAT(refusal({{"columns", "name"}}, cut), Contains("the item is damaged: "));
  CHECK_THAT(refusal({}, "\xff"), Contains("the item is damaged: "));
  CHECK_THAT(refusal({}, item([](CborWriter& w) {
                       w.map(1);
                       w.text("id");
                       for (int depth = 0; depth != 200; ++depth) w.list(1);
                       w.null();
                     })),
             Contains("nested too deeply"));
}

TEST_CASE("an engine that does not tell runs apart is too old") {
  const TemporaryFolder folder;
  make("CREATE TABLE t (id)");
  SqliteTask sink("insert", {{"database", "a.db"}, {"table", "t"}});
  sink.rig.identify("");
  CHECK_FALSE(sink.rig.open());
  CHECK(sink.rig.failure()->text ==
        "this engine is too old for the task: it does not tell runs apart");
}
