#include "csv/write.hpp"

#include <penstock/testing.hpp>

#include <cmath>
#include <limits>

#include "catch.hpp"
#include "csv/find_any.hpp"
#include "temporary_folder.hpp"

using namespace penstock;
using Catch::Matchers::Contains;

namespace {

struct Row {
  std::optional<std::int64_t> id;
  std::string name;
};
PENSTOCK_FIELDS(Row, id, name)

struct Other {
  std::string name;
  double extra = 0.5;
};
PENSTOCK_FIELDS(Other, name, extra)

struct Name {
  std::string name;
};
PENSTOCK_FIELDS(Name, name)

struct Everything {
  std::optional<bool> none;
  bool yes = true;
  double whole = 3;
  double no_number = std::nan("");
  double infinite = -std::numeric_limits<double>::infinity();
  std::vector<std::byte> bytes{std::byte{'f'}};
  std::vector<std::string> list{"a", "b"};
};
PENSTOCK_FIELDS(Everything, none, yes, whole, no_number, infinite, bytes, list)

struct Sink {
  Plugin plugin;
  Rig rig;

  explicit Sink(Rig::Settings settings) : rig(registered(), "write", with_path(settings)) {}

 private:
  static Rig::Settings& with_path(Rig::Settings& settings) {
    settings.emplace_back("path", "out.csv");
    return settings;
  }
  Plugin& registered() {
    plugin.sink<csv::Write>("write", "");
    return plugin;
  }
};

template <class... T>
std::string written(const Rig::Settings& settings, const T&... items) {
  const TemporaryFolder folder;
  Sink sink(settings);
  REQUIRE(sink.rig.open());
  [[maybe_unused]] const auto run = [&](const auto& item) {
    sink.rig.run(item);
    INFO((sink.rig.failure() ? sink.rig.failure()->text : ""));
    CHECK_FALSE(sink.rig.failure());
  };
  (run(items), ...);
  REQUIRE(sink.rig.commit({1, false, true}));
  REQUIRE(sink.rig.finish());
  return folder.read("out.csv");
}

}  // namespace

TEST_CASE("records become rows below the fields of the first one") {
  CHECK(written({}, Row{1, "a"}, Row{std::nullopt, "b"}) == "id,name\n1,a\n,b\n");
  CHECK(written({}, Row{1, "a"}, Name{"b"}) == "id,name\n1,a\n,b\n");
  CHECK(written({{"header", "false"}}, Row{1, "a"}) == "1,a\n");
  CHECK(written({{"columns", "name"}, {"columns", "id"}}, Row{1, "a"}) == "name,id\na,1\n");
  CHECK(written({{"columns", "x"}}) == "x\n");
  CHECK(written({}).empty());
  CHECK(written({{"separator", "\\t"}, {"line_end", "crlf"}}, Row{1, "a,b"}) ==
        "id\tname\r\n1\ta,b\r\n");
  CHECK(written({}, std::vector<std::int64_t>{1, 2}) == "column1,column2\n1,2\n");
}

TEST_CASE("quotes stand where they have to, around text, or around everything") {
  const Row rows[] = {{1, "a,b"}, {2, "say \"hi\""}, {3, "x\ny"}, {4, "x\ry"}, {std::nullopt, ""}};
  const auto all = [&](const char* quoting) {
    return written({{"quoting", quoting}}, rows[0], rows[1], rows[2], rows[3], rows[4]);
  };
  CHECK(all("minimal") == "id,name\n1,\"a,b\"\n2,\"say \"\"hi\"\"\"\n3,\"x\ny\"\n4,\"x\ry\"\n,\n");
  CHECK(all("text") ==
        "\"id\",\"name\"\n1,\"a,b\"\n2,\"say \"\"hi\"\"\"\n3,\"x\ny\"\n4,\"x\ry\"\n"
        ",\"\"\n");
  CHECK(all("all").ends_with("\"\",\"\"\n"));
  CHECK(written({}, Name{""}) == "name\n\"\"\n");
}

TEST_CASE("values of every kind have a form") {
  CHECK(written({}, Everything{}) ==
        "none,yes,whole,no_number,infinite,bytes,list\n"
        ",true,3.0,nan,-inf,Zg==,\"[\"\"a\"\",\"\"b\"\"]\"\n");
}

TEST_CASE("a field that is no column fails its record, or is left out") {
  const TemporaryFolder folder;
  Sink sink({});
  REQUIRE(sink.rig.open());
  REQUIRE(sink.rig.run(Row{1, "a"}));
  CHECK_FALSE(sink.rig.run(Other{"b"}));
  CHECK(sink.rig.failure()->kind == PENSTOCK_FAIL_PERMANENT);
  CHECK_THAT(sink.rig.failure()->text,
             Contains("a field 'extra', which is no column of 'out.csv'"));
  CHECK_FALSE(sink.rig.run("text"));
  CHECK_THAT(sink.rig.failure()->text, Contains("of the kind text"));
  CHECK_FALSE(sink.rig.run(std::vector<std::int64_t>{1}));
  CHECK_THAT(sink.rig.failure()->text, Contains("a list of 1 values"));
  REQUIRE(sink.rig.commit(1));
  CHECK(folder.read("out.csv.partial") == "id,name\n1,a\n");

  CHECK(written({{"extra", "ignore"}}, Row{1, "a"}, Other{"b"}) == "id,name\n1,a\n,b\n");
}

TEST_CASE("columns that cannot be are refused") {
  const TemporaryFolder folder;
  Sink twice({{"columns", "a"}, {"columns", "a"}});
  CHECK_FALSE(twice.rig.open());
  CHECK(twice.rig.failure()->text == "`columns` names 'a' twice");
  Sink empty({});
  REQUIRE(empty.rig.open());
  CHECK_FALSE(empty.rig.run(std::map<std::string, std::int64_t>{}));
  CHECK_THAT(empty.rig.failure()->text, Contains("the first record has no field"));
}

TEST_CASE("a successor of csv.write cuts back and keeps the columns") {
  const TemporaryFolder folder;
  Snapshot before_items;
  Snapshot at;
  {
    Sink sink({});
    REQUIRE(sink.rig.open());
    REQUIRE(sink.rig.commit(1));
    before_items = sink.rig.answer();
    REQUIRE(sink.rig.run(Row{1, "committed"}));
    REQUIRE(sink.rig.commit(2));
    at = sink.rig.answer();
    for (int i = 0; i != 3; ++i) REQUIRE(sink.rig.run(Row{i, std::string(300'000, 'x')}));
    CHECK(folder.read("out.csv.partial").size() > 300'000);
  }
  {
    Sink sink({});
    REQUIRE(sink.rig.open(2, at));
    CHECK(sink.rig.held() == 2);
    REQUIRE(sink.rig.run(Name{"again"}));
    REQUIRE(sink.rig.commit(3));
    CHECK(folder.read("out.csv.partial") == "id,name\n1,committed\n,again\n");
  }
  Sink sink({});
  REQUIRE(sink.rig.open(1, before_items));
  REQUIRE(sink.rig.run(Name{"first"}));
  REQUIRE(sink.rig.commit(2));
  REQUIRE(sink.rig.finish());
  CHECK(folder.read("out.csv") == "name\nfirst\n");
}

TEST_CASE("the first of several characters is found at every place") {
  const std::array wanted{',', '\n', '\x80'};
  for (std::size_t size = 0; size != 40; ++size) {
    for (std::size_t at = 0; at <= size; ++at) {
      for (const char c : wanted) {
        std::string text(size, '-');
        if (at != size) text[at] = c;
        if (at + 1 < size) text[at + 1] = ',';
        const char* begin = text.data();
        CHECK(csv::find_any(begin, begin + size, wanted) == begin + at);
      }
    }
  }
}
