#include "json/lines.hpp"

#include <penstock/json.hpp>
#include <penstock/testing.hpp>

#include "catch.hpp"
#include "json/write.hpp"
#include "temporary_folder.hpp"

using namespace penstock;
using Catch::Matchers::Contains;

namespace {

using Texts = std::vector<std::string>;

struct Source {
  Plugin plugin;
  Rig rig;

  Source(std::string_view task, const Rig::Settings& settings)
      : rig(registered(), task, settings) {}

  Texts values() const {
    Texts all;
    for (const Datum& value : rig.emitted<Datum>()) CHECK(write_json(all.emplace_back(), value));
    return all;
  }
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
    plugin.source<json::Lines>("lines", "").output<files::Reject>("rejects", "");
    return plugin;
  }
};

Texts values_of(std::string_view content) {
  const TemporaryFolder folder;
  folder.write("in.jsonl", content);
  Source source("lines", {{"paths", "in.jsonl"}});
  REQUIRE(source.rig.open());
  REQUIRE(source.rig.drain(3));
  CHECK(source.rejects().empty());
  return source.values();
}

std::string reason_against(const std::string& line) {
  const TemporaryFolder folder;
  folder.write("in.jsonl", "1\n" + line + "\r\n2");
  Source source("lines", {{"paths", "in.jsonl"}});
  REQUIRE(source.rig.open());
  REQUIRE(source.rig.drain(3));
  CHECK(source.values() == Texts{"1", "2"});
  const auto rejects = source.rig.emitted<files::Reject>("rejects");
  REQUIRE(rejects.size() == 1);
  CHECK(rejects[0].file == "in.jsonl");
  CHECK(rejects[0].line == 2);
  CHECK(rejects[0].text == line);
  return rejects[0].reason;
}

std::string nested(int levels) {
  return std::string(static_cast<std::size_t>(levels), '[') +
         std::string(static_cast<std::size_t>(levels), ']');
}

}  // namespace

TEST_CASE("each line of JSON is an item") {
  CHECK(values_of(R"({"b":[1,-2.5e3,true,null,"x\u00e9\n\ud83d\ude00"],"a":{}})"
                  "\n\n \t\r\n"
                  " [ ] \r\n\"text\"\nfalse\n3") ==
        Texts{"{\"b\":[1,-2500.0,true,null,\"x\u00e9\\n\U0001f600\"],\"a\":{}}", "[]", "\"text\"",
              "false", "3"});
  CHECK(values_of("").empty());
  CHECK(values_of("\xef\xbb\xbf").empty());
  CHECK(values_of("\xef\xbb\xbf{}\n") == Texts{"{}"});
  CHECK(values_of("\"a\\u0000b\"") == Texts{R"("a\u0000b")"});
}

TEST_CASE("numbers keep their kind, and none is rounded to fit") {
  CHECK(values_of("18446744073709551615\n-9223372036854775808\n0\n-0\n1.0\n1e2\n-0.0\n5e-324\n"
                  "1.7976931348623157e308") == Texts{"18446744073709551615", "-9223372036854775808",
                                                     "0", "0", "1.0", "100.0", "-0.0", "5e-324",
                                                     "1.7976931348623157e+308"});
  for (const char* number : {"18446744073709551616", "-9223372036854775809", "1e400", "-1e400",
                             "12345678901234567890123", "01", "1.", ".5", "+1", "- 1", "1e"}) {
    INFO(number);
    CHECK_FALSE(reason_against(number).empty());
  }
  CHECK(reason_against("1e400") == "a number is malformed, or does not fit into 64 bits");
}

TEST_CASE("of equal keys the last value counts, at the place of the first") {
  CHECK(values_of(R"({"a":1,"b":2,"a":{"c":1,"c":2}})") == Texts{R"({"a":{"c":2},"b":2})"});
  CHECK(values_of(R"({"":1,"":2})") == Texts{R"({"":2})"});
  CHECK(values_of(R"({"a\u0062":1,"ab":2})") == Texts{R"({"ab":2})"});
  // Keys that differ in the middle alone, and more of them than are compared one by one.
  std::string object = "{";
  std::string once = "{";
  for (int i = 0; i != 200; ++i) {
    const std::string key = "\"beginning" + std::to_string(i) + "of the end\"";
    object += key + ":0,";
    once += (i == 0 ? "" : ",") + key + ":" + std::to_string(i == 7 ? 1 : 0);
  }
  CHECK(values_of(object + "\"beginning7of the end\":1}") == Texts{once + "}"});
}

TEST_CASE("a line that is no JSON goes to rejects, with the reason") {
  CHECK_FALSE(reason_against("{\"a\":1").empty());
  CHECK_FALSE(reason_against("{\"a\" 1}").empty());
  CHECK_FALSE(reason_against("[1,]").empty());
  CHECK_FALSE(reason_against("1 2").empty());
  CHECK_FALSE(reason_against("{} x").empty());
  CHECK_FALSE(reason_against("nul").empty());
  CHECK_FALSE(reason_against("NaN").empty());
  CHECK_FALSE(reason_against("'a'").empty());
  CHECK_FALSE(reason_against("\"a\tb\"").empty());
  CHECK_FALSE(reason_against("\"\\x\"").empty());
  CHECK_FALSE(reason_against(R"("\ud800")").empty());
  CHECK_FALSE(reason_against(std::string("{}\0", 3)).empty());
  CHECK(reason_against("\"abc") == "a string is not closed");
  CHECK(reason_against("\"a\xff\"") == "it is not UTF-8");
  CHECK(reason_against("\"\xed\xa0\x80\"") == "it is not UTF-8");
}

TEST_CASE("JSON is 64 levels deep at most") {
  CHECK(values_of(nested(64)) == Texts{nested(64)});
  CHECK(values_of(nested(63).insert(63, "1")) == Texts{nested(63).insert(63, "1")});
  for (const std::string& deep : {nested(65), nested(64).insert(64, "1"), nested(100'000)}) {
    CHECK(reason_against(deep) == "it is nested more than 64 levels deep");
  }
}

TEST_CASE("a bad line ends the run where that is wanted, and a long one always") {
  const TemporaryFolder folder;
  folder.write("in.jsonl", "1\n{\n" + std::string(3000, ' ') + "\n");
  const auto failure = [](const Rig::Settings& settings) {
    Source source("lines", settings);
    REQUIRE(source.rig.open());
    CHECK_FALSE(source.rig.drain());
    return source.rig.failure()->text;
  };
  CHECK_THAT(failure({{"paths", "in.jsonl"}, {"on_bad", "fail"}}),
             Contains("'in.jsonl' line 2 is no JSON: "));
  CHECK(failure({{"paths", "in.jsonl"}, {"max_line", "2KiB"}}) ==
        "'in.jsonl' line 3 has more than 2048 bytes; max_line can be set higher");
}

TEST_CASE("a successor of json.lines goes on exactly behind the last snapshot") {
  const TemporaryFolder folder;
  std::string content;
  for (int i = 0; i != 30'000; ++i) content += "{\"n\":" + std::to_string(i) + "}\n\nbad\n";
  folder.write("1.jsonl", content);
  folder.write("2.jsonl", "1\n" + std::string(700'000, ' ') + "2\n3");
  const Rig::Settings settings{{"paths", "*.jsonl"}};
  Source whole("lines", settings);
  REQUIRE(whole.rig.open());
  REQUIRE(whole.rig.drain(1000));
  Texts values;
  Texts rejects;
  Snapshot at;
  for (const std::size_t want : {1u, 1u, 3u, 50'000u, 9'995u, 1u, 1u, 1u, 1u}) {
    Source source("lines", settings);
    if (!at.empty()) REQUIRE(source.rig.restore(at));
    REQUIRE(source.rig.open());
    REQUIRE(source.rig.produce(want));
    for (std::string& value : source.values()) values.push_back(std::move(value));
    for (std::string& reject : source.rejects()) rejects.push_back(std::move(reject));
    REQUIRE(source.rig.snapshot());
    at = source.rig.answer();
    CHECK(at.size() < 200);
  }
  CHECK(values == whole.values());
  CHECK(rejects == whole.rejects());
}

TEST_CASE("JSON comes from the standard input in pieces of any size") {
  const std::string content = "\xef\xbb\xbf{\"a\":1}\n\nx\n[2]\n\"last\"";
  Source whole("lines", {{"paths", "-"}});
  REQUIRE(whole.rig.open());
  whole.rig.feed(content, true);
  REQUIRE(whole.rig.drain(2));
  CHECK(whole.values() == Texts{R"({"a":1})", "[2]", R"("last")"});
  REQUIRE(whole.rejects().size() == 1);
  CHECK(whole.rejects()[0].starts_with("-:3 x | "));

  Source slow("lines", {{"paths", "-"}});
  REQUIRE(slow.rig.open());
  for (std::size_t i = 0; i != content.size(); ++i) {
    slow.rig.feed(content.substr(i, 1), false);
    REQUIRE(slow.rig.produce(2));
  }
  slow.rig.feed("", true);
  REQUIRE(slow.rig.drain());
  CHECK(slow.values() == whole.values());
  CHECK(slow.rejects() == whole.rejects());
}

TEST_CASE("json.write writes a value a line, and cuts back what was not committed") {
  const TemporaryFolder folder;
  Plugin plugin;
  plugin.sink<json::Write>("write", "");
  const Rig::Settings settings{{"path", "out.json"}};
  Snapshot at;
  {
    Rig rig(plugin, "write", settings);
    REQUIRE(rig.open());
    REQUIRE(rig.run("a\n\"b\""));
    REQUIRE(rig.run(std::map<std::string, double>{{"x", 1.5}}));
    REQUIRE(rig.commit(1));
    at = rig.answer();
    for (int i = 0; i != 3; ++i) REQUIRE(rig.run(std::string(300'000, 'x')));
    CHECK(folder.read("out.json.partial").size() > 300'000);
  }
  Rig rig(plugin, "write", settings);
  REQUIRE(rig.open(1, at));
  REQUIRE(rig.run(7));
  REQUIRE(rig.commit({2, false, true}));
  REQUIRE(rig.finish());
  CHECK(folder.read("out.json") == "\"a\\n\\\"b\\\"\"\n{\"x\":1.5}\n7\n");
}
