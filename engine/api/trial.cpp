#include "api/trial.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <string_view>

#include "process/program_path.hpp"
#include "process/spawn.hpp"

namespace penstock {
namespace {

struct ProcEntry {
  pid_t pid;
  pid_t parent;
  std::string name;  // as the kernel cuts it
};

// What the file says; nothing if the process it tells of is gone.
std::string text_of(const std::filesystem::path& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char text[1024];
  const ssize_t size = file ? ::read(file.get(), text, sizeof text) : -1;
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

// "17 (penstock-worker) S 12 ..."
std::optional<ProcEntry> read_proc_entry(const std::filesystem::path& folder) {
  ProcEntry entry{};
  const std::string number = folder.filename().string();
  const auto read = std::from_chars(number.data(), number.data() + number.size(), entry.pid);
  if (read.ec != std::errc() || read.ptr != number.data() + number.size()) return std::nullopt;
  const std::string text = text_of(folder / "stat");
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close + 4 > text.size()) {
    return std::nullopt;
  }
  entry.name = text.substr(open + 1, close - open - 1);
  std::from_chars(text.data() + close + 4, text.data() + text.size(), entry.parent);
  return entry;
}

std::vector<pid_t> workers_of(pid_t engine) {
  std::vector<ProcEntry> entries;
  std::error_code error;
  for (const auto& folder : std::filesystem::directory_iterator("/proc", error)) {
    if (auto entry = read_proc_entry(folder.path())) entries.push_back(std::move(*entry));
  }
  std::vector<pid_t> workers;
  for (const ProcEntry& keeper : entries) {
    if (keeper.parent != engine) continue;
    for (const ProcEntry& worker : entries) {
      if (worker.parent == keeper.pid && worker.name == "penstock-worker") {
        workers.push_back(worker.pid);
      }
    }
  }
  std::sort(workers.begin(), workers.end());
  return workers;
}

UniqueFd open_process(pid_t pid) {
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

void send_signal(const UniqueFd& process, int signal) {
  ::syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0);
}

}  // namespace

Result<Trial> Trial::start(const std::vector<std::string>& words,
                           const std::filesystem::path& log) {
  const auto program = find_program("penstock");
  if (!program) return program.error();
  const UniqueFd output(
      ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!output) return Error(Status::lack, log.string() + ": " + errno_text(errno));
  Spawn what;
  what.argv.push_back(program->string());
  what.argv.insert(what.argv.end(), words.begin(), words.end());
  what.output = output.get();
  what.dies_with_parent = true;
  const auto pid = spawn(what);
  if (!pid) return pid.error();
  UniqueFd process = open_process(*pid);
  if (!process) {
    const int number = errno;
    ::kill(*pid, SIGKILL);
    ::waitpid(*pid, nullptr, 0);
    return Error(Status::lack, "no descriptor for a process: " + errno_text(number));
  }
  return Trial(*pid, std::move(process));
}

Trial::~Trial() {
  if (process_) kill();
}

bool Trial::wait(std::chrono::nanoseconds time) {
  if (!process_) return true;
  const auto whole = std::chrono::ceil<std::chrono::milliseconds>(time).count();
  if (!wait_readable(process_.get(), static_cast<int>(std::max<std::int64_t>(whole, 0)))) {
    return false;
  }
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED);
  status_ = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
  process_.reset();
  return true;
}

void Trial::kill() {
  send_signal(process_, SIGKILL);
  wait(std::chrono::hours(1));
}

bool Trial::kill_worker(std::uint64_t choice) {
  const std::vector<pid_t> workers = workers_of(pid_);
  if (workers.empty()) return false;
  const pid_t pid = workers[choice % workers.size()];
  const UniqueFd process = open_process(pid);
  // The number may be another process's by now; that one is no worker of ours.
  const std::vector<pid_t> still = workers_of(pid_);
  if (!process || std::find(still.begin(), still.end(), pid) == still.end()) return false;
  send_signal(process, SIGKILL);
  return true;
}

}  // namespace penstock
