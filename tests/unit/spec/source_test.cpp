#include "spec/source.hpp"

#include <sys/resource.h>

#include "catch.hpp"

using namespace penstock;

namespace {

// No file can be opened while it lives.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit none{0, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("lines are found by their numbers, whatever ends them") {
  const Source source("a", "one\r\ntwo\n\nfour");
  CHECK(source.line_count() == 4);
  CHECK(source.line(1) == "one");
  CHECK(source.line(3).empty());
  CHECK(source.line(4) == "four");
  CHECK(source.line(0).empty());
  CHECK(source.line(5).empty());
}

TEST_CASE("a file that cannot be opened is an error with the reason") {
  const auto text = [] {
    const NoDescriptors scarce;
    return read_text_file("/proc/self/exe", 1u << 20);
  }();
  REQUIRE(text.has_error());
  CHECK(std::string(text.error().what()) == "cannot be opened: too many open files");
}

TEST_CASE("what is no regular file is not read, and a large one is not read to its end") {
  CHECK(std::string(read_text_file("/dev/zero", 10).error().what()) ==
        "is no regular file, so it is not read");
  CHECK(std::string(read_text_file("/", 10).error().what()) == "is a directory");
  CHECK(std::string(read_text_file("/proc/self/nothing", 10).error().what()) == "does not exist");
  CHECK(std::string(read_text_file("/proc/self/exe", 1024).error().what()) ==
        "is larger than 1KiB");
}
