#include "files/list.hpp"

#include <penstock/testing.hpp>

#include "catch.hpp"
#include "files/read.hpp"
#include "temporary_folder.hpp"

using namespace penstock;
using Catch::Matchers::Contains;

namespace {

using Listed = std::vector<std::pair<std::string, std::int64_t>>;

void add_tasks(Plugin& plugin) {
  plugin.source<files::List>("list", "");
  plugin.transform("read", "", files::read_path);
  plugin.transform("read_listed", "", files::read_listed);
}

Listed listed(const Rig& rig) {
  Listed all;
  for (const auto& [path, size] : rig.emitted<files::ListedFile>()) all.emplace_back(path, size);
  return all;
}

}  // namespace

TEST_CASE("list names files with their sizes, and knows how many there are") {
  const TemporaryFolder folder;
  folder.write("b", "12345");
  folder.write("a", "");
  folder.write("c", "1");
  Plugin plugin;
  add_tasks(plugin);
  Rig first(plugin, "list", {{"paths", "*"}});
  REQUIRE(first.open());
  CHECK(first.total() == 3);
  REQUIRE(first.produce(2));
  CHECK(listed(first) == Listed{{"a", 0}, {"b", 5}});
  REQUIRE(first.snapshot());
  CHECK(first.answer().size() <= 48);

  Rig second(plugin, "list", {{"paths", "*"}});
  REQUIRE(second.restore(first.answer()));
  REQUIRE(second.open());
  REQUIRE(second.drain());
  CHECK(listed(second) == Listed{{"c", 1}});

  std::filesystem::remove("a");
  Rig third(plugin, "list", {{"paths", "*"}});
  REQUIRE(third.restore(first.answer()));
  CHECK_FALSE(third.open());
  CHECK_THAT(third.failure()->text, Contains("one of the first 2 is another one now"));
  third.force();
  REQUIRE(third.open());
  REQUIRE(third.drain());
  CHECK(listed(third) == Listed{{"c", 1}});
  CHECK(third.logs().size() == 1);
}

TEST_CASE("a listed file that is not there is named") {
  const TemporaryFolder folder;
  std::filesystem::create_symlink("nowhere", "dangling");
  Plugin plugin;
  add_tasks(plugin);
  Rig rig(plugin, "list", {{"paths", "*"}});
  REQUIRE(rig.open());
  CHECK_FALSE(rig.drain());
  CHECK(rig.failure()->text == "cannot look at 'dangling': No such file or directory");
}

TEST_CASE("list takes paths from the standard input") {
  const TemporaryFolder folder;
  folder.write("a b", "123");
  folder.write("c", "1");
  Plugin plugin;
  add_tasks(plugin);
  Rig rig(plugin, "list", {{"paths", "-"}});
  REQUIRE(rig.open());
  CHECK_FALSE(rig.total());
  rig.feed("a b\n\nc", true);
  REQUIRE(rig.drain(1));
  CHECK(listed(rig) == Listed{{"a b", 3}, {"c", 1}});
}

TEST_CASE("read gives the content of a file in one block") {
  const TemporaryFolder folder;
  folder.write("a", std::string("\0\1\2", 3));
  folder.write("empty", "");
  Plugin plugin;
  add_tasks(plugin);
  Rig rig(plugin, "read");
  CHECK(rig.run("a"));
  CHECK(rig.emissions().front().way == Rig::Way::loaned);
  CHECK(rig.emitted<Bytes>().front().size() == 3);
  CHECK(rig.run("empty"));
  CHECK(rig.emitted<Bytes>()[1].empty());
  CHECK(rig.run("/proc/self/status"));
  CHECK(rig.emitted<Bytes>()[2].size() > 100);
  CHECK_FALSE(rig.run("none"));
  CHECK(rig.failure()->text == "cannot open 'none': No such file or directory");
  CHECK_FALSE(rig.run("."));
  CHECK(rig.failure()->text == "'.' is no regular file");
}

TEST_CASE("what list emits can be read") {
  const TemporaryFolder folder;
  folder.write("a", "content");
  Plugin plugin;
  add_tasks(plugin);
  Rig rig(plugin, "read_listed");
  CHECK(rig.run(files::ListedFile{"a", 7}));
  CHECK(as_text(rig.emitted<Bytes>().front()) == "content");
}
