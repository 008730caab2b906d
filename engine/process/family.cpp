#include "process/family.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <string>

#include "base/fd.hpp"

namespace penstock {
namespace {

// The keeper has one thread, so all its children are this thread's.
std::vector<pid_t> children() {
  const std::string path = "/proc/self/task/" + std::to_string(::getpid()) + "/children";
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  char buffer[4096];
  while (file) {
    const ssize_t n = ::read(file.get(), buffer, sizeof buffer);
    if (n <= 0) break;
    text.append(buffer, static_cast<std::size_t>(n));
  }
  std::vector<pid_t> pids;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    pid_t pid = 0;
    const auto parsed = std::from_chars(at, end, pid);
    if (parsed.ec == std::errc()) pids.push_back(pid);
    at = parsed.ptr + 1;
  }
  return pids;
}

// A child that has ended and is not reaped yet: its number cannot belong to anybody else.
bool next_dead(siginfo_t& info) {
  info = {};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
}

void bury(pid_t pid) {
  siginfo_t ignored;
  ::waitid(P_PID, static_cast<id_t>(pid), &ignored, WEXITED | WNOHANG);
}

}  // namespace

void Family::add(std::uint32_t id, pid_t worker) {
  workers_[worker] = id;
  pids_[id] = worker;
}

void Family::signal(std::uint32_t id, int number) {
  const auto found = pids_.find(id);
  if (found == pids_.end()) return;
  ::kill(-found->second, number);
  if (::getpgid(found->second) != found->second) ::kill(found->second, number);
}

std::vector<Family::Death> Family::reap() {
  std::vector<Death> deaths;
  siginfo_t info;
  while (next_dead(info)) {
    const auto found = workers_.find(info.si_pid);
    if (found != workers_.end()) {
      ::kill(-info.si_pid, SIGKILL);
      deaths.push_back({found->second, info.si_code, info.si_status});
      pids_.erase(found->second);
      workers_.erase(found);
    }
    bury(info.si_pid);
  }
  kill_strangers();
  return deaths;
}

void Family::kill_strangers() {
  for (const pid_t child : children()) {
    if (!alive_group(::getpgid(child)) && !workers_.contains(child)) ::kill(child, SIGKILL);
  }
}

void Family::end(const std::function<void()>& wait) {
  const auto kill_groups = [this] {
    for (const auto& [worker, id] : workers_) ::kill(-worker, SIGKILL);
  };
  for (;;) {
    kill_groups();
    for (const pid_t child : children()) ::kill(child, SIGKILL);
    reap();
    siginfo_t info{};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD) return;
    wait();
  }
}

}  // namespace penstock
