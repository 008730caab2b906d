#include "spec/finding.hpp"

#include "catch.hpp"

using namespace penstock;

namespace {

Sources one(std::string text) {
  return {Source("a.yaml", std::move(text))};
}

}  // namespace

TEST_CASE("a source knows its lines") {
  const Source source("a", "one\r\ntwo\n\nfour");
  CHECK(source.line_count() == 4);
  CHECK(source.line(1) == "one");
  CHECK(source.line(3).empty());
  CHECK(source.line(4) == "four");
  CHECK(source.line(0).empty());
  CHECK(source.line(5).empty());
  CHECK(Source("b", "ends\n").line_count() == 1);
  CHECK(Source("c", "").line_count() == 1);
}

TEST_CASE("a finding shows place, line, caret and hint") {
  const Sources sources = one("pipeline: a\nstage: {}\n");
  Findings findings(sources);
  findings.add({0, 2, 1}, "unknown key `stage`", "did you mean `stages`?");
  CHECK(to_text(findings.take({})) ==
        "a.yaml:2:1: unknown key `stage`\n"
        "   2 | stage: {}\n"
        "     | ^\n"
        "       did you mean `stages`?\n");
}

TEST_CASE("columns are characters, also where the caret points") {
  const Sources sources = one("ä: ü: x\n");
  Findings findings(sources);
  findings.add({0, 1, 7}, "here");
  const std::vector<Finding> taken = findings.take({});
  CHECK(taken.at(0).column == 5);
  CHECK(to_text(taken) == "a.yaml:1:5: here\n   1 | ä: ü: x\n     |     ^\n");
}

TEST_CASE("of a long line the part around the place is shown") {
  const Sources sources = one(std::string(1000, 'x') + "!" + std::string(1000, 'y'));
  Findings findings(sources);
  findings.add({0, 1, 1001}, "here");
  const Finding finding = findings.take({}).at(0);
  CHECK(finding.column == 1001);
  CHECK(finding.excerpt.size() < 120);
  CHECK(finding.excerpt.substr(0, 3) == "…");
  // The ellipsis is one character of three bytes.
  CHECK(finding.excerpt.at(finding.caret + 2) == '!');
}

TEST_CASE("findings come in the order of their places, each one once") {
  const Sources sources = one("a\nb\nc\n");
  Findings findings(sources);
  findings.add({0, 3, 1}, "third");
  findings.add({0, 1, 1}, "first");
  findings.add({0, 3, 1}, "third");
  findings.add_option("--set", "option");
  const std::vector<Finding> taken = findings.take({});
  REQUIRE(taken.size() == 3);
  CHECK(taken[0].message == "option");
  CHECK(taken[1].message == "first");
  CHECK(taken[2].message == "third");
  CHECK(findings.empty());
}

TEST_CASE("of very many findings the rest is counted") {
  const Sources sources = one("a\n");
  Findings findings(sources);
  for (int i = 0; i < 1000; ++i) findings.add({0, 1, 1}, "number " + std::to_string(i));
  const std::vector<Finding> taken = findings.take({});
  CHECK(taken.size() == 101);
  CHECK(taken.back().message == "and 900 more findings");
}

TEST_CASE("secrets are masked wherever they would show") {
  const Sources sources = one("token: hunter2 is it\n");
  Findings findings(sources);
  findings.add({0, 1, 16}, "`hunter2` is no number", "not hunter2");
  CHECK(to_text(findings.take({"hunter2"})) ==
        "a.yaml:1:16: `***` is no number\n"
        "   1 | token: ******* is it\n"
        "     |                ^\n"
        "       not ***\n");
}

TEST_CASE("words are listed") {
  CHECK(word_list({}).empty());
  CHECK(word_list({"a"}) == "`a`");
  CHECK(word_list({"a", "b"}) == "`a` and `b`");
  CHECK(word_list({"a", "b", "c"}, "or") == "`a`, `b` or `c`");
}
