#include "cli/summary_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "catch.hpp"
#include "penstock/error.hpp"

namespace fs = std::filesystem;
using namespace penstock;

namespace {

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "penstock-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string at(const std::string& name) const { return (path_ / name).string(); }
  std::size_t size() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(path_), {}));
  }

 private:
  fs::path path_;
};

std::string contents(const std::string& path) {
  std::ifstream file(path);
  return (std::ostringstream() << file.rdbuf()).str();
}

}  // namespace

TEST_CASE("a summary is there as a whole, and nothing beside it") {
  const Folder folder;
  write_summary_file(folder.at("s.json"), "{}\n");
  CHECK(contents(folder.at("s.json")) == "{}\n");
  write_summary_file(folder.at("s.json"), "{\"version\": 1}\n");
  CHECK(contents(folder.at("s.json")) == "{\"version\": 1}\n");
  CHECK(folder.size() == 1);
}

TEST_CASE("a link stays a link") {
  const Folder folder;
  std::ofstream(folder.at("real.json")) << "old";
  fs::create_symlink("real.json", folder.at("link.json"));
  write_summary_file(folder.at("link.json"), "new\n");
  CHECK(fs::is_symlink(folder.at("link.json")));
  CHECK(contents(folder.at("real.json")) == "new\n");
}

TEST_CASE("a pipe is written into") {
  const Folder folder;
  REQUIRE(::mkfifo(folder.at("pipe").c_str(), 0600) == 0);
  const int reader = ::open(folder.at("pipe").c_str(), O_RDONLY | O_NONBLOCK);
  REQUIRE(reader >= 0);
  write_summary_file(folder.at("pipe"), "{}\n");
  char buffer[8];
  CHECK(::read(reader, buffer, sizeof buffer) == 3);
  ::close(reader);
  CHECK(fs::is_fifo(folder.at("pipe")));
}

TEST_CASE("what cannot be written is said, with the place") {
  const Folder folder;
  try {
    write_summary_file(folder.at("none/s.json"), "{}\n");
    FAIL("it was written");
  } catch (const Error& error) {
    CHECK(error.status() == Status::lack);
    CHECK(error.what() == folder.at("none/s.json") +
                              ": the summary could not be written: No such file or directory");
  }
  CHECK_THROWS_AS(write_summary_file("/dev/full", "{}\n"), Error);
  CHECK_THROWS_AS(write_summary_file(folder.at(""), "{}\n"), Error);
  CHECK(folder.size() == 0);
}
