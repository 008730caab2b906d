#include "api/output_folder.hpp"

#include <sqlite3.h>

#include <fstream>

#include "api/scratch_folder.hpp"
#include "catch.hpp"

using namespace penstock;

namespace {

namespace fs = std::filesystem;

class TwoFiles {
 public:
  TwoFiles() {
    write("wanted", "");
    write("got", "");
  }

  fs::path path(const std::string& name) const { return folder_.path() / name; }
  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
  }

  // "" where they are the same.
  std::string other() const { return difference(path("wanted"), path("got")).value_or(""); }

  std::string of(const std::string& wanted, const std::string& got) const {
    write("wanted", wanted);
    write("got", got);
    return other();
  }

  void execute(const std::string& name, const std::string& sql) const {
    sqlite3* database = nullptr;
    REQUIRE(sqlite3_open(path(name).c_str(), &database) == SQLITE_OK);
    CHECK(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(database);
  }

 private:
  ScratchFolder folder_{"penstock-unit"};
};

}  // namespace

TEST_CASE("files are the same if their lines are, in whatever order") {
  const TwoFiles files;
  CHECK(files.of("", "").empty());
  CHECK(files.of("a\nb\n", "a\nb\n").empty());
  CHECK(files.of("a\nb\na\n", "b\na\na\n").empty());
}

TEST_CASE("a line that is missing, or there once more, is told") {
  const TwoFiles files;
  CHECK(files.of("a\nb\n", "a\n") == "it lacks 1 line, such as `b`");
  CHECK(files.of("a\n", "a\na\na\n") == "it has besides 2 lines, such as `a`");
  CHECK(files.of("a\nb\nc\n", "a\nx\n") ==
        "it lacks 2 lines, such as `b`; it has besides 1 line, such as `x`");
  CHECK(files.of("a\n", "") == "it lacks 1 line, such as `a`");
  CHECK(files.of("", "\n") == "it has besides 1 line, such as ``");
}

TEST_CASE("what is shown of a line is short and cannot steer a terminal") {
  const TwoFiles files;
  CHECK(files.of("", std::string(200, 'x') + "\n") ==
        "it has besides 1 line, such as `" + std::string(120, 'x') + "…`");
  CHECK(files.of("", "\x1b[31m\n").find('\x1b') == std::string::npos);
}

TEST_CASE("a file that is not there differs from one that is") {
  const TwoFiles files;
  fs::remove(files.path("got"));
  CHECK(files.other() == "it is not there");
  files.write("got", "");
  fs::remove(files.path("wanted"));
  CHECK(files.other() == "it was not there in the quiet run");
}

TEST_CASE("of files of SQLite the rows are compared, whatever the bytes") {
  const TwoFiles files;
  files.execute("wanted", "CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 'x'), (2, 'y')");
  files.execute("got",
                "CREATE TABLE gone(a); CREATE TABLE t(a, b);"
                "INSERT INTO t VALUES (2, 'y'), (3, 'z'), (1, 'x'); DROP TABLE gone;"
                "DELETE FROM t WHERE a = 3");
  CHECK(files.other().empty());
  files.execute("got", "INSERT INTO t VALUES (1, 'x')");
  CHECK(files.other() == "it has besides 1 line, such as `t: 1, 'x'`");
  files.write("got", "t: 1, 'x'\n");
  CHECK_FALSE(files.other().empty());
}

TEST_CASE("the files below a folder are listed by their paths, in order") {
  const ScratchFolder folder("penstock-unit");
  fs::create_directories(folder.path() / "b/deep");
  for (const char* name : {"b/deep/2", "b/1", "a"}) std::ofstream(folder.path() / name).flush();
  CHECK(files_below(folder.path()) == std::vector<std::string>{"a", "b/1", "b/deep/2"});
  CHECK(files_below(folder.path() / "none").empty());
}

TEST_CASE("what SQLite keeps beside its files is not listed") {
  const TwoFiles files;
  files.execute("wanted", "CREATE TABLE t(a)");
  for (const char* name : {"wanted-wal", "wanted-shm", "wanted-journal", "got-wal", "other-shm"}) {
    files.write(name, "x");
  }
  CHECK(files_below(files.path("wanted").parent_path()) ==
        std::vector<std::string>{"got", "got-wal", "other-shm", "wanted"});
}

TEST_CASE("a scratch folder goes away with all in it, unless it is kept") {
  fs::path path;
  {
    const ScratchFolder folder("penstock-unit");
    path = folder.path();
    CHECK(path.filename().string().starts_with("penstock-unit-"));
    CHECK(fs::status(path).permissions() == fs::perms::owner_all);
    std::ofstream(path / "a").flush();
  }
  CHECK_FALSE(fs::exists(path));
  {
    ScratchFolder folder("penstock-unit");
    path = folder.path();
    folder.keep();
  }
  CHECK(fs::exists(path));
  fs::remove_all(path);
}
