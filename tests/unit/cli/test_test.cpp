#include "cli/test.hpp"

#include "catch.hpp"
#include "cli/command_line.hpp"

using namespace penstock;

namespace {

TestReport failed() {
  TestReport report;
  report.name = "a \"word\"\x1b";
  report.problems = {"item 2 was tried once, not 3 times",
                     "value 1 of the output is\n\"\x1b[31mA\"\nand not\n\"B\""};
  report.seconds = 1.2345;
  return report;
}

}  // namespace

TEST_CASE("test takes everything that it offers") {
  const auto test = std::get<TestCommand>(
      read_command_line({"test", "p.yaml", "--set", "A=1", "--vars", "v.yaml", "--plugin-path",
                         "one", "--only", "first", "--only", "the second", "--json"}));
  CHECK(test.file == "p.yaml");
  CHECK(test.pipeline.set == std::map<std::string, std::string>{{"A", "1"}});
  CHECK(test.pipeline.vars_file == "v.yaml");
  CHECK(test.pipeline.plugin_path == Words{"one"});
  CHECK(test.only == Words{"first", "the second"});
  CHECK(test.json);
  const auto plain = std::get<TestCommand>(read_command_line({"test", "p.yaml"}));
  CHECK(plain.only.empty());
  CHECK_FALSE(plain.json);
}

TEST_CASE("a test is a line, and what is not as it says stands below") {
  TestReport good;
  good.name = "a word is counted";
  good.seconds = 0.016;
  CHECK(text_of(good) == "ok      a word is counted (0.02 s)\n");
  const std::string text = text_of(failed());
  CHECK(text.starts_with("FAILED  a \"word\""));
  CHECK(text.find(" (1.23 s)\n        item 2 was tried once, not 3 times\n"
                  "        value 1 of the output is\n        \"") != std::string::npos);
  CHECK(text.ends_with("[31mA\"\n        and not\n        \"B\"\n"));
  CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("a test as JSON is one line") {
  TestReport good;
  good.name = "good";
  CHECK(to_json(good) == R"({"test": "good", "ok": true, "seconds": 0.000, "problems": []})");
  CHECK(to_json(failed()) ==
        R"({"test": "a \"word\"\u001b", "ok": false, "seconds": 1.234, "problems": )"
        R"(["item 2 was tried once, not 3 times", )"
        R"("value 1 of the output is\n\"\u001b[31mA\"\nand not\n\"B\""]})");
}
