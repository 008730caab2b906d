#include "csv/rows.hpp"

#include <penstock/json.hpp>
#include <penstock/testing.hpp>

#include "catch.hpp"
#include "temporary_folder.hpp"

using namespace penstock;
using Catch::Matchers::Contains;

namespace {

using Texts = std::vector<std::string>;

struct Source {
  Plugin plugin;
  Rig rig;

  explicit Source(const Rig::Settings& settings) : rig(registered(), "rows", settings) {}

  Texts rows() const {
    Texts all;
    for (const Datum& row : rig.emitted<Datum>()) CHECK(write_json(all.emplace_back(), row));
    return all;
  }
  // "file:line text | reason"
  Texts rejects() const {
    Texts all;
    for (const files::Reject& one : rig.emitted<files::Reject>("rejects")) {
      all.push_back(one.file + ":" + std::to_string(one.line) + " " + one.text + " | " +
                    one.reason);
    }
    return all;
  }

 private:
  Plugin& registered() {
    plugin.source<csv::Rows>("rows", "").output<files::Reject>("rejects", "");
    return plugin;
  }
};

Rig::Settings with(Rig::Settings more) {
  more.emplace_back("paths", "in.csv");
  return more;
}

Texts rows_of(std::string_view content, const Rig::Settings& more = {}, std::size_t want = 3) {
  const TemporaryFolder folder;
  folder.write("in.csv", content);
  Source source(with(more));
  REQUIRE(source.rig.open());
  REQUIRE(source.rig.drain(want));
  CHECK(source.rejects().empty());
  return source.rows();
}

Texts rejects_of(std::string_view content, const Rig::Settings& more = {}) {
  const TemporaryFolder folder;
  folder.write("in.csv", content);
  Source source(with(more));
  REQUIRE(source.rig.open());
  REQUIRE(source.rig.drain());
  return source.rejects();
}

std::string failure_of(std::string_view content, const Rig::Settings& more = {}) {
  const TemporaryFolder folder;
  folder.write("in.csv", content);
  Source source(with(more));
  CHECK_FALSE((source.rig.open() && source.rig.drain()));
  return source.rig.failure()->text;
}

}  // namespace

TEST_CASE("rows of CSV are records with the header's fields in its order") {
  const Texts expected{R"({"z":1,"a":"x"})", R"({"z":2,"a":"y"})"};
  CHECK(rows_of("z,a\n1,x\n2,y\n") == expected);
  CHECK(rows_of("z,a\n1,x\n2,y") == expected);
  CHECK(rows_of("z,a\r\n1,x\r\n2,y\r\n") == expected);
  CHECK(rows_of("\xef\xbb\xbfz,a\n\n1,x\n\r\n2,y\n\n") == expected);
  CHECK(rows_of("\n\"z\",\"a\"\n1,x\n2,y") == expected);
  CHECK(rows_of("").empty());
  CHECK(rows_of("\xef\xbb\xbf").empty());
  CHECK(rows_of("z,a\n").empty());
  CHECK(rows_of("z,a").empty());
}

TEST_CASE("fields in quotes hold separators, line ends and doubled quotes") {
  CHECK(rows_of("a,b\n\"x,y\",\"1\n2\r\n3\"\n\"say \"\"hi\"\"\",\"\"\"\"\n") ==
        Texts{R"({"a":"x,y","b":"1\n2\r\n3"})", R"({"a":"say \"hi\"","b":"\""})"});
  CHECK(rows_of("a,b\n5\" pipe,x\"y\"z\n") == Texts{R"({"a":"5\" pipe","b":"x\"y\"z"})"});
  CHECK(rows_of("a\n\"\"\n\" \"\n") == Texts{R"({"a":""})", R"({"a":" "})"});
  CHECK(rows_of("a;b\n'x;y';\"z\n", {{"separator", ";"}, {"quote", "'"}}) ==
        Texts{R"({"a":"x;y","b":"\"z"})"});
  CHECK(rows_of("a\tb\n\"x\ty\n", {{"separator", "\\t"}, {"quote", ""}}) ==
        Texts{R"({"a":"\"x","b":"y"})"});
}

TEST_CASE("bytes that are no text of ours come through: NUL, a lone CR, Latin-1") {
  const TemporaryFolder folder;
  const std::string strange("\0\xfc\rx", 4);
  folder.write("in.csv", "a,b\n" + strange + "," + strange + "\n");
  Source source(with({}));
  REQUIRE(source.rig.open());
  REQUIRE(source.rig.drain());
  CHECK(source.rig.emitted<Datum>().at(0)["b"].text() == strange);
}

TEST_CASE("values are inferred where they are written as in JSON, outside of quotes") {
  const auto value = [](const std::string& field) {
    const std::string row = rows_of("a,b\n" + field + ",\n").at(0);
    return row.substr(5, row.find(",\"b\"") - 5);
  };
  const std::vector<std::pair<const char*, const char*>> cases{
      {"0", "0"},
      {"-12", "-12"},
      {"9223372036854775807", "9223372036854775807"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"1.50", "1.5"},
      {"-2e3", "-2000.0"},
      {"1E-2", "0.01"},
      {"true", "true"},
      {"FALSE", "false"},
      {"True", "true"},
      {"", "null"},
      {"9223372036854775808", R"("9223372036854775808")"},
      {"1e400", R"("1e400")"},
      {"007", R"("007")"},
      {"+1", R"("+1")"},
      {".5", R"(".5")"},
      {"1.", R"("1.")"},
      {"1e", R"("1e")"},
      {"-", R"("-")"},
      {"--1", R"("--1")"},
      {"0x1F", R"("0x1F")"},
      {" 1", R"(" 1")"},
      {"nan", R"("nan")"},
      {"inf", R"("inf")"},
      {"tRUE", R"("tRUE")"},
      {"2024-01-31", R"("2024-01-31")"},
      {"1.2.3", R"("1.2.3")"},
      {"\"1\"", R"("1")"},
      {"\"\"", R"("")"},
      {"\"true\"", R"("true")"}};
  for (const auto& [field, expected] : cases) {
    INFO(field);
    CHECK(value(field) == expected);
  }
}

TEST_CASE("types can be given, for all columns and for one") {
  CHECK(rows_of("a,b\n1,\n", {{"types", "text"}}) == Texts{R"({"a":"1","b":""})"});
  CHECK(
      rows_of(
          "id,x,ok,t\n007,1,1,5\n\"8\",,,\n",
          {{"types", "id:int"}, {"types", "x:float"}, {"types", "ok:bool"}, {"types", "t:text"}}) ==
      Texts{R"({"id":7,"x":1.0,"ok":true,"t":"5"})", R"({"id":8,"x":null,"ok":null,"t":""})"});
  CHECK(rejects_of("n,f,b\nx,1,0\n1,nan,0\n1,1,yes\n1,1,1\n",
                   {{"types", "n:int"}, {"types", "f:float"}, {"types", "b:bool"}}) ==
        Texts{"in.csv:2 x,1,0 | column 'n' has 'x', which is no int",
              "in.csv:3 1,nan,0 | column 'f' has 'nan', which is no float",
              "in.csv:4 1,1,yes | column 'b' has 'yes', which is no bool"});
  CHECK_THAT(failure_of("a\n", {{"types", "number"}}), Contains("types has 'number'"));
  CHECK_THAT(failure_of("a\n", {{"types", "b:int"}}),
             Contains("a type for the column 'b', which 'in.csv' does not have"));
  CHECK_THAT(failure_of("a\n", {{"types", "b:int"}, {"columns", "a"}}),
             Contains("'b', which `columns` does not have"));
}

TEST_CASE("the header of the first file is looked at when the task is opened") {
  const TemporaryFolder folder;
  folder.write("in.csv", "\xef\xbb\xbf\na,b\n1,2\n");
  folder.write("marked.csv",
               "\xef\xbb\xbf"
               "a,b\n1,2\n");
  const auto opens = [](const char* path, const char* type) {
    Source source({{"paths", path}, {"types", type}});
    return source.rig.open();
  };
  CHECK_FALSE(opens("marked.csv", "c:int"));
  CHECK(opens("marked.csv", "a:int"));
  CHECK(opens("in.csv", "c:int"));  // which begins with a blank line

  Source source({{"paths", "marked.csv"}, {"types", "a:text"}});
  REQUIRE(source.rig.open());
  REQUIRE(source.rig.drain());
  CHECK(source.rows() == Texts{R"({"a":"1","b":2})"});
}

TEST_CASE("names come from the header, from columns, or are numbers") {
  CHECK(rows_of("1,2\n3,4\n", {{"header", "false"}}) ==
        Texts{R"({"column1":1,"column2":2})", R"({"column1":3,"column2":4})"});
  CHECK(rows_of("1,2\n", {{"columns", "x"}, {"columns", "y"}}) == Texts{R"({"x":1,"y":2})"});
  CHECK(rows_of("a,b\n1,2\n", {{"columns", "x"}, {"columns", "y"}, {"header", "true"}}) ==
        Texts{R"({"x":1,"y":2})"});
  CHECK(rows_of("a,,c\n1,2,3\n") == Texts{R"({"a":1,"column2":2,"c":3})"});
  CHECK_THAT(failure_of("a,b,a\n"), Contains("'in.csv' has two columns named 'a'"));
  CHECK_THAT(failure_of("a,b\n", {{"columns", "x"}, {"header", "true"}}),
             Contains("'in.csv' line 1: the header has 2 fields, but `columns` names 1"));
  CHECK_THAT(failure_of("\"a\nb\n"), Contains("the header cannot be read: a quote is not closed"));
}

TEST_CASE("each file has a header of its own") {
  const TemporaryFolder folder;
  folder.write("1.csv", "a,b\n1,2\n");
  folder.write("2.csv", "");
  folder.write("3.csv", "b\n3");
  folder.write("4.csv", "c\n4\n");
  Source source(Rig::Settings{{"paths", "*.csv"}});
  REQUIRE(source.rig.open());
  REQUIRE(source.rig.drain(1));
  CHECK(source.rows() == Texts{R"({"a":1,"b":2})", R"({"b":3})", R"({"c":4})"});
}

TEST_CASE("a bad row costs no other one") {
  CHECK(rejects_of("a,b\n1\n1,2\n1,2,3\n\"x\ny\"\n5,6\n") ==
        Texts{"in.csv:2 1 | it has 1 field where there are 2 columns",
              "in.csv:4 1,2,3 | it has 3 fields where there are 2 columns",
              "in.csv:5 \"x\ny\" | it has 1 field where there are 2 columns"});

  const TemporaryFolder folder;
  folder.write("in.csv", "a,b\n1,\"x\"y\r\n2,2\n3,\"open\n4,4\n5,\"\n6,6");
  Source source(with({}));
  REQUIRE(source.rig.open());
  REQUIRE(source.rig.drain());
  CHECK(source.rejects() ==
        Texts{"in.csv:2 1,\"x\"y | something follows the closing quote of a field"});
  CHECK(source.rows() ==
        Texts{R"({"a":2,"b":2})", R"({"a":3,"b":"open\n4,4\n5,"})", R"({"a":6,"b":6})"});

  CHECK(rejects_of("a,b\n1,1\n2,\"open\r\n3,3\n4,4") ==
        Texts{"in.csv:3 2,\"open | a quote is not closed"});

  CHECK(failure_of("a,b\n1,2\n3\n", {{"on_bad", "fail"}}) ==
        "'in.csv' line 3 is no row: it has 1 field where there are 2 columns; on_bad: reject would "
        "go on");
}

TEST_CASE("a row longer than max_row is a bad one, unless no line ends in it") {
  const std::string lines = "line\n" + std::string(600'000, 'x') + "\n";
  CHECK(rejects_of("a,b\n1,\"" + lines + lines + "\"\n3,4\n", {{"max_row", "1MiB"}}).size() == 5);
  CHECK(rejects_of("a,b\n1,\"" + lines + lines + "\"\n3,4\n").empty());
  CHECK_THAT(failure_of("a,b\n1," + std::string(2'000'000, 'x'), {{"max_row", "1MiB"}}),
             Contains("'in.csv' line 2: it has more than 1048576 bytes"));
}

TEST_CASE("a successor of csv.rows goes on exactly behind the last snapshot") {
  const TemporaryFolder folder;
  std::string content = "n,text\n";
  for (int i = 0; i != 20'000; ++i) {
    content += std::to_string(i) + ",\"line\nof \"\"" + std::to_string(i) + "\"\"\"\n";
    if (i % 1000 == 7) content += "bad\n";
  }
  folder.write("1.csv", content);
  folder.write("2.csv", "x\n1\n2\n");
  const Rig::Settings settings{{"paths", "*.csv"}};
  Source whole(settings);
  REQUIRE(whole.rig.open());
  REQUIRE(whole.rig.drain(1000));

  Texts rows;
  Texts rejects;
  Snapshot at;
  for (const std::size_t want : {1u, 6u, 1u, 1u, 15'000u, 5'010u, 1u, 1u, 1u, 1u}) {
    Source source(settings);
    if (!at.empty()) REQUIRE(source.rig.restore(at));
    REQUIRE(source.rig.open());
    REQUIRE(source.rig.produce(want));
    for (std::string& row : source.rows()) rows.push_back(std::move(row));
    for (std::string& reject : source.rejects()) rejects.push_back(std::move(reject));
    REQUIRE(source.rig.snapshot());
    at = source.rig.answer();
    CHECK(at.size() < 200);
  }
  CHECK(rows == whole.rows());
  CHECK(rejects == whole.rejects());
  CHECK(rejects.size() == 20);
}

TEST_CASE("by force the next file is read with its own columns where the one in hand is gone") {
  const TemporaryFolder folder;
  folder.write("1.csv", "x\n1\n2\n");
  folder.write("2.csv", "y\n3\n4\n");
  const Rig::Settings settings{{"paths", "*.csv"}};
  Source source(settings);
  REQUIRE(source.rig.open());
  REQUIRE(source.rig.produce(1));
  REQUIRE(source.rig.snapshot());
  std::filesystem::remove("1.csv");
  Source refused(settings);
  REQUIRE(refused.rig.restore(source.rig.answer()));
  CHECK_FALSE(refused.rig.open());
  Source forced(settings);
  REQUIRE(forced.rig.restore(source.rig.answer()));
  forced.rig.force();
  REQUIRE(forced.rig.open());
  REQUIRE(forced.rig.drain());
  CHECK(forced.rows() == Texts{R"({"y":3})", R"({"y":4})"});
  CHECK(forced.rejects().empty());
}

TEST_CASE("CSV comes from the standard input in pieces of any size") {
  const std::string content =
      "\xef\xbb\xbf"
      "a,b\r\n1,\"x\ny\"\n\n2,\"say \"\"hi\"\"\"\r\n3\n4,\"\n\n\"\n5,z";
  Source whole(Rig::Settings{{"paths", "-"}});
  REQUIRE(whole.rig.open());
  whole.rig.feed(content, true);
  REQUIRE(whole.rig.drain());
  CHECK(whole.rows() == Texts{R"({"a":1,"b":"x\ny"})", R"({"a":2,"b":"say \"hi\""})",
                              R"({"a":4,"b":"\n\n"})", R"({"a":5,"b":"z"})"});
  CHECK(whole.rejects() == Texts{"-:6 3 | it has 1 field where there are 2 columns"});

  // As the engine does: whole lines, a few at a time; a new instance after each of them.
  Texts rows;
  Snapshot at;
  std::string_view rest = content;
  while (!rest.empty()) {
    const std::size_t size = std::min(rest.find('\n'), rest.size() - 1) + 1;
    Source source(Rig::Settings{{"paths", "-"}});
    if (!at.empty()) REQUIRE(source.rig.restore(at));
    REQUIRE(source.rig.open());
    source.rig.feed(rest.substr(0, size), size == rest.size());
    REQUIRE(source.rig.produce(10));
    CHECK(source.rig.consumed() == size);
    REQUIRE(source.rig.snapshot());
    at = source.rig.answer();
    for (std::string& row : source.rows()) rows.push_back(std::move(row));
    rest.remove_prefix(size);
  }
  CHECK(rows == whole.rows());

  // A byte at a time, to one instance.
  Source slow(Rig::Settings{{"paths", "-"}});
  REQUIRE(slow.rig.open());
  for (std::size_t i = 0; i != content.size(); ++i) {
    slow.rig.feed(content.substr(i, 1), i + 1 == content.size());
    REQUIRE(slow.rig.produce(3));
  }
  REQUIRE(slow.rig.drain());
  CHECK(slow.rows() == whole.rows());
  CHECK(slow.rejects() == whole.rejects());
}

TEST_CASE("the characters of CSV have to be single and different") {
  CHECK_THAT(failure_of("a\n", {{"separator", ""}}), Contains("separator is ''"));
  CHECK_THAT(failure_of("a\n", {{"separator", ";;"}}), Contains("one character of ASCII"));
  CHECK_THAT(failure_of("a\n", {{"separator", "\""}}), Contains("are the same character"));
  CHECK_THAT(failure_of("a\n", {{"quote", "\n"}}), Contains("quote is '\n'"));
}
