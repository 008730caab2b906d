#include "files/lines.hpp"

#include "catch.hpp"
#include "one_task.hpp"
#include "temporary_folder.hpp"

using namespace penstock;
using Catch::Matchers::Contains;

namespace {

using Texts = std::vector<std::string>;
using Source = SourceOf<files::Lines>;

Texts lines_of(const Rig::Settings& settings, std::size_t want = 3) {
  Source source("lines", settings);
  REQUIRE(source.rig.open());
  REQUIRE(source.rig.drain(want));
  return source.rig.emitted<std::string>();
}

std::string failure_of(const Rig::Settings& settings) {
  Source source("lines", settings);
  CHECK_FALSE((source.rig.open() && source.rig.drain()));
  return source.rig.failure()->text;
}

}  // namespace

TEST_CASE("lines come without their ends, file after file") {
  const TemporaryFolder folder;
  folder.write("a", "one\n\ntwo\r\nlast");
  folder.write("b", "");
  folder.write("c", "\n");
  folder.write("d", "x\ny\n");
  CHECK(lines_of({{"paths", "*"}}) == Texts{"one", "", "two\r", "last", "", "x", "y"});
  CHECK(lines_of({{"paths", "b"}}).empty());
  CHECK(lines_of({{"paths", "d"}, {"paths", "c"}}) == Texts{"x", "y", ""});
}

TEST_CASE("lines longer than a block are whole") {
  const TemporaryFolder folder;
  const std::string longest(1'000'000, 'x');
  folder.write("a", "short\n" + longest + "\nshort\n" + longest);
  CHECK(lines_of({{"paths", "a"}}) == Texts{"short", longest, "short", longest});
  CHECK_THAT(failure_of({{"paths", "a"}, {"max_line", "512KiB"}}),
             Contains("'a' has a line of more than 524288 bytes at offset 6"));
}

TEST_CASE("a successor goes on exactly behind the last snapshot") {
  const TemporaryFolder folder;
  std::string content;
  for (int i = 0; i != 50'000; ++i) content += "line " + std::to_string(i) + "\n";
  folder.write("a", content);
  folder.write("b", "first\nsecond\n");
  const Texts whole = lines_of({{"paths", "*"}}, 1000);
  Texts pieced;
  Snapshot at;
  for (const std::size_t want : {1u, 7u, 40'000u, 9'992u, 1u, 0u, 1u, 10u}) {
    Source source("lines", {{"paths", "*"}});
    if (!pieced.empty()) REQUIRE(source.rig.restore(at));
    REQUIRE(source.rig.open());
    REQUIRE(source.rig.produce(want));
    for (std::string& line : source.rig.emitted<std::string>()) pieced.push_back(std::move(line));
    REQUIRE(source.rig.snapshot());
    at = source.rig.answer();
    CHECK(at.size() <= 48);
  }
  CHECK(pieced == whole);
}

TEST_CASE("a file that changed or went in between is an error, not a wrong line") {
  const TemporaryFolder folder;
  folder.write("a", "1\n2\n");
  folder.write("b", "3\n");
  Source source("lines", {{"paths", "*"}});
  REQUIRE(source.rig.open());
  REQUIRE(source.rig.produce(1));
  REQUIRE(source.rig.snapshot());
  const auto failure_after_restore = [&] {
    Source successor("lines", {{"paths", "*"}});
    REQUIRE(successor.rig.restore(source.rig.answer()));
    CHECK_FALSE(successor.rig.open());
    CHECK(successor.rig.failure()->kind == PENSTOCK_FAIL_CHANGED);
    return successor.rig.failure()->text;
  };
  const auto forced = [&] {
    Source successor("lines", {{"paths", "*"}});
    REQUIRE(successor.rig.restore(source.rig.answer()));
    successor.rig.force();
    REQUIRE(successor.rig.open());
    REQUIRE(successor.rig.drain());
    CHECK(successor.rig.logs().size() == 1);
    return successor.rig.emitted<std::string>();
  };
  folder.write("a", "1\n2\n3\n");
  CHECK(failure_after_restore() == "'a' has changed since its first 2 bytes were read");
  CHECK(forced() == Texts{"2", "3", "3"});
  folder.write("a", "");
  CHECK(forced() == Texts{"3"});
  std::filesystem::remove("a");
  CHECK_THAT(failure_after_restore(), Contains("are not those that they were before"));
  CHECK(forced() == Texts{"3"});
  std::filesystem::remove("b");
  folder.write("c", "4\n");
  CHECK(forced() == Texts{"4"});
}

TEST_CASE("by force it goes on in the file that it stood in, whatever is before that now") {
  const TemporaryFolder folder;
  folder.write("a", "1\n");
  folder.write("b", "2\n3\n");
  folder.write("c", "4\n");
  Source source("lines", {{"paths", "*"}});
  REQUIRE(source.rig.open());
  REQUIRE(source.rig.produce(2));
  REQUIRE(source.rig.snapshot());
  std::filesystem::remove("a");
  Source successor("lines", {{"paths", "*"}});
  REQUIRE(successor.rig.restore(source.rig.answer()));
  successor.rig.force();
  REQUIRE(successor.rig.open());
  REQUIRE(successor.rig.drain());
  CHECK(successor.rig.emitted<std::string>() == Texts{"3", "4"});
}

TEST_CASE("files that appear behind the current one are read") {
  const TemporaryFolder folder;
  folder.write("b", "1\n2\n");
  Source source("lines", {{"paths", "*"}});
  REQUIRE(source.rig.open());
  REQUIRE(source.rig.produce(1));
  REQUIRE(source.rig.snapshot());
  folder.write("c", "3\n");
  Source successor("lines", {{"paths", "*"}});
  REQUIRE(successor.rig.restore(source.rig.answer()));
  REQUIRE(successor.rig.open());
  REQUIRE(successor.rig.drain());
  CHECK(successor.rig.emitted<std::string>() == Texts{"2", "3"});
}

TEST_CASE("the standard input is taken as it comes, without a copy") {
  Source source("lines", {{"paths", "-"}});
  Rig& rig = source.rig;
  REQUIRE(rig.open());
  CHECK(rig.produce(5));
  CHECK(rig.emissions().empty());
  rig.feed("one\n\ntwo\nthree\n", false);
  CHECK(rig.produce(3));
  CHECK(rig.emitted<std::string>() == Texts{"one", "", "two"});
  CHECK(rig.consumed() == 9);
  CHECK(rig.emissions().front().way == Rig::Way::passed_on);
  rig.feed("last", true);
  CHECK(rig.produce(5));
  CHECK(rig.ended());
  CHECK(rig.emitted<std::string>().back() == "last");
  CHECK(rig.snapshot());
  CHECK(rig.answer().empty());
}

TEST_CASE("what cannot be read is named") {
  const TemporaryFolder folder;
  folder.write("a", "");
  std::filesystem::create_symlink("nowhere", "dangling");
  CHECK(failure_of({{"paths", "dangling"}}) == "cannot open 'dangling': No such file or directory");
  CHECK(failure_of({{"paths", "/dev/null"}}) ==
        "'/dev/null' is no regular file; the path - reads the standard input");
  CHECK_THAT(failure_of({{"paths", "a"}, {"paths", "-"}}), Contains("cannot stand beside others"));
  CHECK_THAT(failure_of({{"paths", "none"}}), Contains("no file matches 'none'"));
}
