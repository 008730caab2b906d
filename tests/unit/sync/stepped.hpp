// A process that is killed after an exact number of instructions of what it does.
#pragma once

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <stdexcept>

#include "shared_table.hpp"
#include "sync/party.hpp"

namespace penstock::sync {

// Runs `prepare` in a forked process, then `steps` instructions of `body`, kills it and waits for
// its end. `dead` is then ready to be buried. False: the body was over before.
//
// A step costs some 50 us, so what is stepped through may not be long.
template <class Prepare, class Body>
bool die_within(std::uint64_t steps, Party& dead, Prepare prepare, Body body) {
  SharedTable<std::atomic<bool>> over(1);
  dead = new_party();
  const pid_t pid = ::fork();
  if (pid == 0) {
    set_this_party(dead);
    ::alarm(100);
    prepare();
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(9);
    ::raise(SIGSTOP);
    body();
    over[0].store(true);
    ::_exit(0);
  }
  int status = 0;
  const auto stopped_by = [&](int signal) {
    return ::waitpid(pid, &status, 0) == pid && WIFSTOPPED(status) && WSTOPSIG(status) == signal;
  };
  if (!stopped_by(SIGSTOP)) throw std::runtime_error("a process here cannot be traced");
  ::ptrace(PTRACE_SETOPTIONS, pid, nullptr, PTRACE_O_EXITKILL);
  for (; steps != 0 && !over[0].load(); --steps) {
    ::ptrace(PTRACE_SINGLESTEP, pid, nullptr, nullptr);
    if (!stopped_by(SIGTRAP)) throw std::runtime_error("a process here ends before its time");
  }
  ::kill(pid, SIGKILL);
  ::waitpid(pid, &status, 0);
  return !over[0].load();
}

}  // namespace penstock::sync
