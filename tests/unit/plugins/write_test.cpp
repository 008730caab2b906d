#include "files/write.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "catch.hpp"
#include "one_task.hpp"
#include "temporary_folder.hpp"

using namespace penstock;
using Catch::Matchers::Contains;

namespace {

using Sink = SinkOf<files::Write>;
using Names = std::set<std::string>;

}  // namespace

TEST_CASE("a file gets its name when it is complete") {
  const TemporaryFolder folder;
  folder.write("out/a.txt", "of an earlier run");
  Sink sink("write", {{"path", "out/a.txt"}});
  REQUIRE(sink.rig.open());
  REQUIRE(sink.rig.run("one"));
  REQUIRE(sink.rig.run(2));
  REQUIRE(sink.rig.commit({1, false, false}));
  CHECK(sink.rig.answer().as<std::uint64_t>() == 6);
  CHECK(folder.read("out/a.txt.partial") == "one\n2\n");
  CHECK(folder.read("out/a.txt") == "of an earlier run");
  REQUIRE(sink.rig.commit({2, true, true}));
  REQUIRE(sink.rig.finish());
  CHECK(folder.names() == Names{"out/a.txt"});
  CHECK(folder.read("out/a.txt") == "one\n2\n");
}

TEST_CASE("folders are made, and a run without items leaves an empty file") {
  const TemporaryFolder folder;
  Sink sink("write", {{"path", "deep/er/a.tsv"}});
  REQUIRE(sink.rig.open());
  REQUIRE(sink.rig.finish());
  CHECK(folder.names() == Names{"deep/er/a.tsv"});
}

TEST_CASE("a successor cuts back what was not committed") {
  const TemporaryFolder folder;
  Snapshot at;
  {
    Sink sink("write", {{"path", "a.txt"}});
    REQUIRE(sink.rig.open());
    REQUIRE(sink.rig.run("committed"));
    REQUIRE(sink.rig.commit(1));
    at = sink.rig.answer();
    const std::string large(300'000, 'x');  // more than is kept in memory
    for (int i = 0; i != 3; ++i) REQUIRE(sink.rig.run(large));
    CHECK(folder.read("a.txt.partial").size() > 300'000);
  }
  Sink sink("write", {{"path", "a.txt"}});
  REQUIRE(sink.rig.open(1, at));
  CHECK(sink.rig.held() == 1);
  REQUIRE(sink.rig.run("again"));
  REQUIRE(sink.rig.commit(2));
  REQUIRE(sink.rig.finish());
  CHECK(folder.read("a.txt") == "committed\nagain\n");
}

TEST_CASE("a successor without a committed epoch starts afresh") {
  const TemporaryFolder folder;
  folder.write("a.txt.partial", "left by somebody\n");
  Sink sink("write", {{"path", "a.txt"}});
  REQUIRE(sink.rig.open());
  REQUIRE(sink.rig.commit(1));
  CHECK(folder.read("a.txt.partial").empty());
}

TEST_CASE("a file that nothing came to is taken away with the sink, unless an epoch has it") {
  const TemporaryFolder folder;
  Sink unused("write", {{"path", "unused.txt"}});
  REQUIRE(unused.rig.open());
  CHECK(folder.names() == Names{"unused.txt.partial"});
  REQUIRE(unused.rig.close());
  CHECK(folder.names().empty());

  Sink written("write", {{"path", "written.txt"}});
  REQUIRE(written.rig.open());
  REQUIRE(written.rig.run(std::string(300'000, 'x')));
  REQUIRE(written.rig.run("more"));  // which writes what was there
  REQUIRE(written.rig.close());
  Snapshot nothing;
  {
    Sink committed("write", {{"path", "committed.txt"}});
    REQUIRE(committed.rig.open());
    REQUIRE(committed.rig.commit(1));
    nothing = committed.rig.answer();
    REQUIRE(committed.rig.close());
  }
  CHECK(folder.names() == Names{"written.txt.partial", "committed.txt.partial"});

  Sink successor("write", {{"path", "committed.txt"}});
  REQUIRE(successor.rig.open(1, nothing));
  REQUIRE(successor.rig.close());
  CHECK(folder.names().contains("committed.txt.partial"));
}

TEST_CASE("what is complete is not taken away, also where nothing is in it") {
  const TemporaryFolder folder;
  Sink sink("write", {{"path", "a.txt"}});
  REQUIRE(sink.rig.open());
  REQUIRE(sink.rig.finish());
  REQUIRE(sink.rig.close());
  CHECK(folder.names() == Names{"a.txt"});
}

TEST_CASE("a successor of one that died behind the renaming finds the file complete") {
  const TemporaryFolder folder;
  folder.write("a.txt", "one\n");
  Sink sink("write", {{"path", "a.txt"}});
  REQUIRE(sink.rig.open(3, Snapshot(std::uint64_t{4})));
  CHECK(sink.rig.held() == 3);
  REQUIRE(sink.rig.finish());
  CHECK(sink.rig.logs() == std::vector<std::string>{"'a.txt' is complete already"});
  CHECK(folder.names() == Names{"a.txt"});
}

TEST_CASE("a file that is not what was committed is refused") {
  const TemporaryFolder folder;
  const auto failure = [&](std::uint64_t offset) {
    Sink sink("write", {{"path", "a.txt"}});
    CHECK_FALSE(sink.rig.open(3, Snapshot(offset)));
    return sink.rig.failure()->text;
  };
  CHECK_THAT(failure(4), Contains("'a.txt.partial', to which 4 bytes were committed, is gone"));
  folder.write("a.txt", "12345");
  CHECK_THAT(failure(4), Contains("is gone"));
  folder.write("a.txt.partial", "123");
  CHECK_THAT(failure(4), Contains("has 3 bytes, but 4 were committed"));
}

TEST_CASE("one process at a time writes a file") {
  const TemporaryFolder folder;
  Sink first("write", {{"path", "a.txt"}});
  REQUIRE(first.rig.open());
  Sink second("write", {{"path", "a.txt"}});
  CHECK_FALSE(second.rig.open());
  CHECK(second.rig.failure()->text == "'a.txt.partial' is being written by another process");
}

TEST_CASE("a full disk is a lack, with the path") {
  Sink sink("write", {{"path", "/dev/full"}});
  REQUIRE(sink.rig.open());
  REQUIRE(sink.rig.run("x"));
  CHECK_FALSE(sink.rig.commit(1));
  CHECK(sink.rig.failure()->kind == PENSTOCK_FAIL_LACK);
  CHECK(sink.rig.failure()->text == "cannot write '/dev/full': No space left on device");
}

TEST_CASE("the standard output is written to, and a reader that has gone is a lack") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  Sink sink("write", {{"path", "-"}, {"format", "jsonl"}});
  sink.rig.give_output(ends[1]);
  REQUIRE(sink.rig.open());
  REQUIRE(sink.rig.run("one"));
  REQUIRE(sink.rig.commit(1));
  char read[16];
  CHECK(::read(ends[0], read, sizeof read) == 6);
  CHECK(std::string_view(read, 6) == "\"one\"\n");

  ::close(ends[0]);
  REQUIRE(sink.rig.run("two"));
  CHECK_FALSE(sink.rig.commit(2));
  CHECK(sink.rig.failure()->kind == PENSTOCK_FAIL_LACK);
  CHECK(sink.rig.failure()->text == "cannot write 'the standard output': Broken pipe");
  ::close(ends[1]);
}

TEST_CASE("a folder is no file") {
  const TemporaryFolder folder;
  Sink sink("write", {{"path", folder.path()}});
  CHECK_FALSE(sink.rig.open());
  CHECK_THAT(sink.rig.failure()->text, Contains("is a folder, not a file"));
}
