#include "files/save.hpp"

#include "catch.hpp"
#include "one_task.hpp"
#include "temporary_folder.hpp"

using namespace penstock;
using Catch::Matchers::Contains;

namespace {

struct Page {
  std::string name;
  std::string body;
  int year = 0;
};
PENSTOCK_FIELDS(Page, name, body, year)

using Sink = SinkOf<files::Save>;
using Names = std::set<std::string>;

}  // namespace

TEST_CASE("items are numbered, and have their names when they are committed") {
  const TemporaryFolder folder;
  Sink sink("save", {{"path", "out/{n}.txt"}});
  REQUIRE(sink.rig.open());
  REQUIRE(sink.rig.run("one"));
  REQUIRE(sink.rig.run(Page{"x", "y", 1}));
  CHECK(folder.names() == Names{"out/1.txt.partial", "out/2.txt.partial"});
  REQUIRE(sink.rig.commit({1, true, true}));
  CHECK(folder.names() == Names{"out/1.txt", "out/2.txt"});
  CHECK(folder.read("out/1.txt") == "one");
  CHECK(folder.read("out/2.txt") == "{\"name\":\"x\",\"body\":\"y\",\"year\":1}\n");
}

TEST_CASE("names are made of fields, and lead nowhere else") {
  const TemporaryFolder folder;
  Sink sink("save", {{"path", "{year}/{name}.html"}, {"content", "body"}});
  REQUIRE(sink.rig.open());
  REQUIRE(sink.rig.run(Page{"a/b", "1", 2024}));
  REQUIRE(sink.rig.run(Page{"..", "2", 2024}));
  REQUIRE(sink.rig.run(Page{"a%2Fb", "3", 2024}));
  REQUIRE(sink.rig.commit(1));
  CHECK(folder.names() == Names{"2024/a%2Fb.html", "2024/%2E..html", "2024/a%252Fb.html"});
  CHECK(folder.read("2024/a%2Fb.html") == "1");
}

TEST_CASE("a path can keep its folders, and leads nowhere else all the same") {
  const TemporaryFolder folder;
  Sink sink("save", {{"path", "out/{name/}.txt"}, {"content", "body"}});
  REQUIRE(sink.rig.open());
  for (const char* name : {"a/b/c", "/etc/d", "./a//./e", "../../f", "a/.g", "h"}) {
    REQUIRE(sink.rig.run(Page{name, name, 1}));
  }
  REQUIRE(sink.rig.commit(1));
  CHECK(folder.names() == Names{"out/a/b/c.txt", "out/etc/d.txt", "out/a/e.txt",
                                "out/%2E./%2E./f.txt", "out/a/%2Eg.txt", "out/h.txt"});
  CHECK(folder.read("out/etc/d.txt") == "/etc/d");
}

TEST_CASE("ids are names too") {
  const TemporaryFolder folder;
  Sink sink("save", {{"path", "{id}"}});
  REQUIRE(sink.rig.open());
  REQUIRE(sink.rig.run("x"));
  REQUIRE(sink.rig.commit(1));
  CHECK(folder.names() == Names{"rig:0"});
}

TEST_CASE("two items of one name do not overwrite each other") {
  const TemporaryFolder folder;
  Sink sink("save", {{"path", "{name}"}});
  REQUIRE(sink.rig.open());
  REQUIRE(sink.rig.run(Page{"a", "1", 1}));
  CHECK_FALSE(sink.rig.run(Page{"a", "2", 1}));
  CHECK_THAT(sink.rig.failure()->text, Contains("'a' is there already, with another content"));
  REQUIRE(sink.rig.commit(1));
  CHECK_FALSE(sink.rig.run(Page{"a", "2", 1}));
  CHECK(sink.rig.run(Page{"a", "1", 1}));
  REQUIRE(sink.rig.commit(2));
  CHECK(folder.names() == Names{"a"});
  CHECK_THAT(folder.read("a"), Contains("\"body\":\"1\""));
}

TEST_CASE("a successor numbers on and replaces what was not committed") {
  const TemporaryFolder folder;
  Snapshot at;
  {
    Sink sink("save", {{"path", "{n}"}});
    REQUIRE(sink.rig.open());
    REQUIRE(sink.rig.run("one"));
    REQUIRE(sink.rig.commit(1));
    at = sink.rig.answer();
    REQUIRE(sink.rig.run("lost"));
  }
  Sink sink("save", {{"path", "{n}"}});
  REQUIRE(sink.rig.open(1, at));
  REQUIRE(sink.rig.run("two"));
  REQUIRE(sink.rig.commit(2));
  CHECK(folder.names() == Names{"1", "2"});
  CHECK(folder.read("2") == "two");
}

TEST_CASE("a template that cannot name is refused") {
  const auto failure = [](const char* path) {
    Sink sink("save", {{"path", path}});
    CHECK_FALSE(sink.rig.open());
    return sink.rig.failure()->text;
  };
  CHECK_THAT(failure("out.txt"), Contains("would name each item the same"));
  CHECK_THAT(failure("{n"), Contains("has a { without a name and a }"));
  CHECK_THAT(failure("{}"), Contains("has a { without a name and a }"));
}

TEST_CASE("an item without the field fails alone") {
  const TemporaryFolder folder;
  Sink sink("save", {{"path", "{name}"}});
  REQUIRE(sink.rig.open());
  CHECK_FALSE(sink.rig.run("text"));
  CHECK_THAT(sink.rig.failure()->text, Contains("the item is no record: text"));
  CHECK(sink.rig.run(Page{"a", "", 1}));
}

namespace {

struct Odd {
  std::optional<std::string> name;
  std::vector<int> list;
  double ratio = 0;
};
PENSTOCK_FIELDS(Odd, name, list, ratio)

// What is told of an item that gets no file, and does not keep the others from theirs.
template <class Item>
std::string refusal(const char* path, const Item& item) {
  Sink sink("save", {{"path", path}});
  REQUIRE(sink.rig.open());
  if (sink.rig.run(item)) return "taken";
  CHECK(sink.rig.failure()->kind == PENSTOCK_FAIL_PERMANENT);
  const std::string text = sink.rig.failure()->text;
  CHECK(sink.rig.commit(1));
  return text;
}

}  // namespace

TEST_CASE("a field that is no text, number or truth makes no name") {
  const TemporaryFolder folder;
  const Odd item{{}, {1}, 0.5};
  CHECK(refusal("{name}", item) == "the item's field 'name' is null, which makes no name");
  CHECK(refusal("{list}", item) == "the item's field 'list' is list, which makes no name");
  CHECK(refusal("{none/}", item) == "the item's field 'none' is null, which makes no name");
  CHECK(folder.names().empty());
  Sink sink("save", {{"path", "{ratio}"}});
  REQUIRE(sink.rig.open());
  REQUIRE(sink.rig.run(item));
  REQUIRE(sink.rig.commit(1));
  CHECK(folder.names() == Names{"0.5"});
}

TEST_CASE("a name made of no text is refused with its item, not when it is given") {
  const TemporaryFolder folder;
  CHECK(refusal("{name}", Page{"", "x", 1}) ==
        "'' names no file: what the name is made of is empty");
  CHECK(refusal("{year}/{name}", Page{"", "x", 1}) ==
        "'1/' names no file: what the name is made of is empty");
  for (const char* name : {"", "/", "./.", "//"}) {
    CHECK(refusal("out/{name/}", Page{name, "x", 1}) ==
          "'out/' names no file: what the name is made of is empty");
  }
  CHECK(folder.names().empty());
}

TEST_CASE("a file that comes into the way of a name is not overwritten") {
  const TemporaryFolder folder;
  Sink sink("save", {{"path", "{name}"}});
  REQUIRE(sink.rig.open());
  REQUIRE(sink.rig.run(Page{"a", "1", 1}));
  folder.write("a", "of somebody else");
  CHECK_FALSE(sink.rig.commit(1));
  CHECK_THAT(sink.rig.failure()->text, Contains("'a' is there already, with another content"));
  CHECK(folder.read("a") == "of somebody else");
}

TEST_CASE("a folder in the place of a file is not taken for one") {
  const TemporaryFolder folder;
  folder.write("a/b", "");
  CHECK_THAT(refusal("{name}", Page{"a", "1", 1}), Contains("'a' is there already"));
}

TEST_CASE("a content that is damaged or nested without end is refused") {
  const TemporaryFolder folder;
  std::string deep;
  CborWriter writer(deep);
  for (int depth = 0; depth != 200; ++depth) writer.list(1);
  writer.null();
  CHECK_THAT(refusal("{n}", Datum::cbor(as_bytes(deep))), Contains("damaged or nested too deeply"));
  CHECK(folder.names().empty());
}
