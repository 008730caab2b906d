#include <penstock/testing.hpp>

#include "catch.hpp"
#include "text/grep.hpp"
#include "text/upper.hpp"

using namespace penstock;
using Catch::Matchers::Contains;

namespace {

struct Found {
  std::vector<std::string> lines;
  std::vector<std::string> rejects;
};

Found grep(const Rig::Settings& settings, std::initializer_list<std::string_view> lines) {
  Plugin plugin;
  plugin.transform<text::Grep>("grep", "").output<std::string_view>("rejects", "");
  Rig rig(plugin, "grep", settings);
  REQUIRE(rig.open());
  for (const std::string_view line : lines) REQUIRE(rig.run(line));
  return {rig.emitted<std::string>(), rig.emitted<std::string>("rejects")};
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("upper changes ASCII letters alone") {
  Plugin plugin;
  plugin.transform<text::Upper>("upper", "");
  Rig rig(plugin, "upper");
  CHECK(rig.run("aZ {`\xc3\xa9\n"));
  CHECK(rig.run(""));
  CHECK(rig.emitted<std::string>() == Lines{"AZ {`\xc3\xa9\n", ""});
}

TEST_CASE("upper writes a large text once") {
  Plugin plugin;
  plugin.transform<text::Upper>("upper", "");
  Rig rig(plugin, "upper");
  CHECK(rig.run(std::string(10'000, 'x')));
  CHECK(rig.emissions().front().way == Rig::Way::loaned);
  CHECK(rig.emitted<std::string>().front() == std::string(10'000, 'X'));
}

TEST_CASE("grep parts the lines") {
  const Found found = grep({{"pattern", "an"}}, {"banana", "cherry", "", "an"});
  CHECK(found.lines == Lines{"banana", "an"});
  CHECK(found.rejects == Lines{"cherry", ""});
}

TEST_CASE("grep knows expressions, anchors, cases and inversion") {
  CHECK(grep({{"pattern", "^b.*a$"}}, {"banana", "bananas"}).lines == Lines{"banana"});
  CHECK(grep({{"pattern", "(a|e)r+y"}}, {"cherry", "chery", "chry"}).lines ==
        Lines{"cherry", "chery"});
  CHECK(grep({{"pattern", "AN"}, {"ignore_case", "true"}}, {"Banana"}).lines == Lines{"Banana"});
  CHECK(grep({{"pattern", "an"}, {"invert", "true"}}, {"banana", "cherry"}).lines ==
        Lines{"cherry"});
  CHECK(grep({{"pattern", ""}}, {"", "x"}).lines == Lines{"", "x"});
}

TEST_CASE("grep survives a line of a megabyte") {
  const std::string line = "b" + std::string(1 << 20, 'a') + "c";
  CHECK(grep({{"pattern", "b(a|x)*c"}}, {line}).lines.size() == 1);
  CHECK(grep({{"pattern", "b(a|x)*d"}}, {line}).rejects.size() == 1);
}

TEST_CASE("grep passes lines on without a copy") {
  Plugin plugin;
  plugin.transform<text::Grep>("grep", "").output<std::string_view>("rejects", "");
  Rig rig(plugin, "grep", {{"pattern", "a"}});
  REQUIRE(rig.open());
  REQUIRE(rig.run("abc"));
  CHECK(rig.emissions().front().way == Rig::Way::passed_on);
}

TEST_CASE("grep refuses what is no expression, in words") {
  Plugin plugin;
  plugin.transform<text::Grep>("grep", "").output<std::string_view>("rejects", "");
  Rig rig(plugin, "grep", {{"pattern", "(a"}});
  CHECK_FALSE(rig.open());
  CHECK_THAT(rig.failure()->text, Contains("'(a' is no regular expression"));
  CHECK(rig.failure()->kind == PENSTOCK_FAIL_PERMANENT);
}
