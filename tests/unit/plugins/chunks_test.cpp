#include "files/chunks.hpp"

#include "catch.hpp"
#include "one_task.hpp"
#include "temporary_folder.hpp"

using namespace penstock;
using Catch::Matchers::Contains;

namespace {

using Texts = std::vector<std::string>;
using Source = SourceOf<files::Chunks>;

Texts chunks_of(const Rig::Settings& settings) {
  Source source("chunks", settings);
  REQUIRE(source.rig.open());
  REQUIRE(source.rig.drain(2));
  for (const auto& emission : source.rig.emissions()) CHECK(emission.way == Rig::Way::loaned);
  return source.rig.emitted<std::string>();
}

std::string joined(const Texts& texts) {
  std::string all;
  for (const std::string& text : texts) all += text;
  return all;
}

}  // namespace

TEST_CASE("pieces end where lines end and are handed on without a copy") {
  const TemporaryFolder folder;
  folder.write("a", "one\ntwo\nthree\n");
  CHECK(chunks_of({{"paths", "a"}, {"size", "8"}}) == Texts{"one\ntwo\n", "three\n"});
  CHECK(chunks_of({{"paths", "a"}, {"size", "9"}}) == Texts{"one\ntwo\n", "three\n"});
  CHECK(chunks_of({{"paths", "a"}, {"size", "1"}}) == Texts{"one\n", "two\n", "three\n"});
  CHECK(chunks_of({{"paths", "a"}, {"size", "13"}}) == Texts{"one\ntwo\n", "three\n"});
  CHECK(chunks_of({{"paths", "a"}, {"size", "14"}}) == Texts{"one\ntwo\nthree\n"});
  CHECK(chunks_of({{"paths", "a"}}) == Texts{"one\ntwo\nthree\n"});
}

TEST_CASE("a piece is never of two files, and empty files have none") {
  const TemporaryFolder folder;
  folder.write("a", "no end");
  folder.write("b", "");
  folder.write("c", "c\n");
  CHECK(chunks_of({{"paths", "*"}}) == Texts{"no end", "c\n"});
}

TEST_CASE("a longer line makes a longer piece, up to the limit") {
  const TemporaryFolder folder;
  const std::string longest(100'000, 'x');
  folder.write("a", "short\n" + longest + "\nshort\n");
  const Texts chunks = chunks_of({{"paths", "a"}, {"size", "16"}});
  CHECK(joined(chunks) == folder.read("a"));
  CHECK(chunks.size() == 3);
  Source source("chunks", {{"paths", "a"}, {"size", "16"}, {"max_line", "50000"}});
  REQUIRE(source.rig.open());
  CHECK_FALSE(source.rig.drain());
  CHECK_THAT(source.rig.failure()->text, Contains("a line of more than 50000 bytes at offset 6"));
}

TEST_CASE("pieces are the same whatever the interruptions") {
  const TemporaryFolder folder;
  std::string content;
  for (int i = 0; i != 20'000; ++i) content += std::string(i % 50, 'a' + i % 26) + "\n";
  folder.write("a", content);
  folder.write("b", content.substr(0, 1000));
  const Rig::Settings settings{{"paths", "*"}, {"size", "4KiB"}};
  const Texts whole = chunks_of(settings);
  CHECK(joined(whole) == content + content.substr(0, 1000));
  Texts pieced;
  Snapshot at;
  for (bool ended = false; !ended;) {
    Source source("chunks", settings);
    if (!pieced.empty()) REQUIRE(source.rig.restore(at));
    REQUIRE(source.rig.open());
    REQUIRE(source.rig.produce(3));
    for (std::string& chunk : source.rig.emitted<std::string>()) pieced.push_back(std::move(chunk));
    REQUIRE(source.rig.snapshot());
    at = source.rig.answer();
    ended = source.rig.ended();
  }
  CHECK(pieced == whole);
}

TEST_CASE("one call emits a few megabytes at most") {
  const TemporaryFolder folder;
  folder.write("a", std::string(40 << 20, '\n'));
  Source source("chunks", {{"paths", "a"}});
  REQUIRE(source.rig.open());
  REQUIRE(source.rig.produce(1000));
  CHECK(source.rig.emissions().size() == 8);
}

TEST_CASE("a file that says it is empty, and is not, is read") {
  Source source("chunks", {{"paths", "/proc/self/status"}});
  REQUIRE(source.rig.open());
  REQUIRE(source.rig.drain());
  CHECK_THAT(joined(source.rig.emitted<std::string>()), Contains("VmPeak"));
}

TEST_CASE("pieces of the standard input are passed on") {
  Source source("chunks", {{"paths", "-"}, {"size", "8"}});
  Rig& rig = source.rig;
  REQUIRE(rig.open());
  rig.feed("one\ntwo\nthree\na long line indeed\nx\n", false);
  CHECK(rig.produce(2));
  CHECK(rig.emitted<std::string>() == Texts{"one\ntwo\n", "three\n"});
  CHECK(rig.consumed() == 14);
  CHECK(rig.produce(10));
  rig.feed("end", true);
  CHECK(rig.produce(10));
  CHECK(rig.ended());
  CHECK(rig.emitted<std::string>() ==
        Texts{"one\ntwo\n", "three\n", "a long line indeed\n", "x\n", "end"});
  for (const auto& emission : rig.emissions()) CHECK(emission.way == Rig::Way::passed_on);
}
