#include "state/folder.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>

#include "catch.hpp"
#include "temporary_folder.hpp"

namespace penstock {
namespace {

std::string refusal(const std::filesystem::path& path) {
  const auto folder = StateFolder::open(path);
  if (folder) return "none";
  CHECK(folder.error().status() == Status::refused);
  return folder.error().what();
}

TEST_CASE("the folder is made with all above it, for its owner alone") {
  const TemporaryFolder temporary;
  const auto path = temporary.path() / "a/b/pipeline";
  const auto folder = StateFolder::open(path);
  REQUIRE(folder.has_value());
  CHECK(folder->path() == path);
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);
}

TEST_CASE("one run at a time has the folder, and the other is told which") {
  const TemporaryFolder temporary;
  std::optional<StateFolder> first = StateFolder::open(temporary.path()).value();
  CHECK(refusal(temporary.path()) ==
        "state folder " + temporary.path().string() + ": in use by pid " +
            std::to_string(::getpid()) +
            "; wait for its end, or give this run another folder with --state");
  first.reset();
  CHECK(refusal(temporary.path()) == "none");
}

TEST_CASE("a lock ends with the process that had it") {
  const TemporaryFolder temporary;
  const pid_t child = ::fork();
  if (child == 0) ::_exit(StateFolder::open(temporary.path()).has_value() ? 0 : 1);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  REQUIRE(content_of(temporary.path() / "lock") == std::to_string(child));
  CHECK(refusal(temporary.path()) == "none");
  CHECK(content_of(temporary.path() / "lock") == std::to_string(::getpid()));
}

TEST_CASE("what cannot be a folder is refused with a reason") {
  const TemporaryFolder temporary;
  const auto file = temporary.path() / "file";
  std::ofstream(file) << "text";
  CHECK(refusal(file) ==
        "state folder " + file.string() + ": this is not a folder; choose another with --state");
  CHECK(refusal(file / "below").find("choose another with --state") != std::string::npos);
  CHECK(refusal("/proc/nowhere").find("choose another with --state") != std::string::npos);
}

}  // namespace
}  // namespace penstock
