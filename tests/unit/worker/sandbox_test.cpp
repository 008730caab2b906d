#include "worker/sandbox.hpp"

#include <fcntl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <functional>
#include <string>

#include "catch.hpp"
#include "worker/call_filter.hpp"
#include "worker/file_fence.hpp"
#include "worker/refusal.hpp"

namespace penstock {
namespace {

using Files = ipc::SandboxOrder::Files;

// What a process writes that is put aside for it, since a sandbox cannot be taken down.
std::string in_a_process(const std::function<std::string()>& work) {
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    // The tests themselves may have been started without random places.
    ::personality(static_cast<unsigned long>(::personality(0xffffffff)) & ~ADDR_NO_RANDOMIZE);
    const std::string text = work();
    const bool told = ::write(pipe[1], text.data(), text.size()) >= 0;
    ::_exit(told ? 0 : 1);
  }
  ::close(pipe[1]);
  std::string text;
  char piece[512];
  for (ssize_t n = 0; (n = ::read(pipe[0], piece, sizeof piece)) > 0;) {
    text.append(piece, static_cast<std::size_t>(n));
  }
  ::close(pipe[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status)) : text;
}

std::string error_of(long result) {
  return result < 0 ? std::strerror(errno) : "ok";
}

bool has_landlock() {
  return in_a_process([] {
           const auto raised = raise_sandbox({});
           return raised ? std::string("ok") : std::string(raised.error().what());
         }) == "ok";
}

TEST_CASE("what a sandbox has refused is said of the failure that comes of it") {
  if (!has_landlock()) return;
  const auto failure = [](const ipc::SandboxOrder& sandbox, const std::string& text,
                          bool calls = true) {
    return in_a_process([&] {
      raise_sandbox(sandbox).value();
      if (calls) (void)::socket(AF_INET, SOCK_STREAM, 0);
      return with_refusal(text);
    });
  };
  CHECK(failure({false, Files::all, {}, {}}, "no server") ==
        "no server\nthe sandbox of this pool has `network: off`: socket() was refused");
  CHECK(failure({false, Files::all, {}, {}}, "no server", false) == "no server");
  CHECK(failure({true, Files::all, {}, {}}, "no server") == "no server");
  CHECK(failure({true, Files::read_only, {}, {}}, "a: Read-only file system", false) ==
        "a: Read-only file system\nthe sandbox of this pool has `filesystem: read-only`");
  CHECK(failure({true, Files::listed, {"/", "/tmp"}, {}}, "a: Permission denied", false) ==
        "a: Permission denied\nthe sandbox of this pool has `filesystem: [/, /tmp]`");
  CHECK(with_refusal("a: Permission denied") == "a: Permission denied");
}

TEST_CASE("a refused call fails, with a signal only where the process's own libc makes it") {
  if (!has_landlock()) return;
  const auto call = [] {
    raise_sandbox({false, Files::all, {}, {}}).value();
    const std::string error = error_of(::socket(AF_INET, SOCK_STREAM, 0));
    return error + with_refusal("");
  };
  CHECK(in_a_process(call).rfind("Permission denied\n", 0) == 0);
  // A program that it starts might have its libc in the same place then.
  CHECK(in_a_process([&] {
          ::personality(ADDR_NO_RANDOMIZE);
          return call();
        }) == "Permission denied");
}

TEST_CASE("a signal that no filter has sent still ends the process") {
  if (!has_landlock()) return;
  CHECK(in_a_process([] {
          raise_sandbox({false, Files::all, {}, {}}).value();
          ::raise(SIGSYS);
          return std::string("alive");
        }) == "signal " + std::to_string(SIGSYS));
}

TEST_CASE("where files cannot be kept from being cut, the call that does it is refused") {
  const auto cut = [](bool truncation) {
    return in_a_process([&] {
      ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
      const ipc::SandboxOrder sandbox{true, Files::listed, {}, {}};
      note_refusals(sandbox, raise_call_filter(sandbox, FileFence{truncation}).value());
      return error_of(::truncate("/nowhere/at/all", 0));
    });
  };
  CHECK(cut(true) == "No such file or directory");
  CHECK(cut(false) == "Permission denied");
}

TEST_CASE("calls that are younger than the filter are not there") {
  CHECK(in_a_process([] {
          ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
          raise_call_filter({}, FileFence{}).value();
          return error_of(::syscall(452, -1, nullptr, 0, 0));
        }) == "Function not implemented");
}

TEST_CASE("a listed path that is not there is named") {
  if (!has_landlock()) return;
  CHECK(in_a_process([] {
          const auto raised = raise_sandbox({true, Files::listed, {"/nowhere/at/all"}, {}});
          return std::string(raised ? "ok" : raised.error().what());
        }) ==
        "`/nowhere/at/all`, which the sandbox allows, cannot be opened: No such file or "
        "directory");
}

}  // namespace
}  // namespace penstock
