#include "process/spawn.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Boost.Process of 1.81 relies on Boost.Filesystem to bring the first three.
#include <boost/optional.hpp>
#include <boost/type_traits/decay.hpp>
#include <boost/type_traits/is_convertible.hpp>

#include <boost/process/v2/process.hpp>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <string_view>

#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/thread.hpp"

namespace penstock {
namespace {

enum class Step : int { parent, descriptors, limit, nice, cpus, execute };

struct Failure {
  Step step;
  int number;  // errno
};

// Boost's launcher forks and tells this initializer when to act in the child. From there on nothing
// of Boost runs any more: what it would do next closes too few descriptors, and after a failed exec
// flushes the parent's buffered output a second time. Everything is prepared before the fork; after
// it only async-signal-safe functions are called, because other threads may have held locks.
class ChildSide {
 public:
  ChildSide(const Spawn& what, int report) : what_(what), report_(report), parent_(::getpid()) {
    for (const std::string& argument : what.argv) argv_.push_back(argument.c_str());
    argv_.push_back(nullptr);
    fill_environment();
    fill_oom_score();
    fill_cpus();
    copies_.resize(what.fds.size());
  }

  template <class Launcher>
  boost::system::error_code on_exec_setup(Launcher&, const std::filesystem::path&,
                                          const char* const*&) {
    become();
    return {};
  }

 private:
  void fill_environment() {
    for (char** entry = environ; *entry != nullptr; ++entry) {
      const std::string_view text = *entry;
      const std::string_view name = text.substr(0, text.find('='));
      const bool replaced = std::any_of(what_.env.begin(), what_.env.end(),
                                        [&](const auto& added) { return added.first == name; });
      if (!replaced) environment_.emplace_back(text);
    }
    for (const auto& [name, value] : what_.env) environment_.push_back(name + "=" + value);
    for (const std::string& entry : environment_) envp_.push_back(entry.c_str());
    envp_.push_back(nullptr);
  }

  void fill_oom_score() {
    if (what_.oom_score_rise == 0) return;
    const UniqueFd file(::open("/proc/self/oom_score_adj", O_RDONLY | O_CLOEXEC));
    char text[16] = {};
    const ssize_t size = file ? ::read(file.get(), text, sizeof text) : -1;
    int score = 0;
    if (size > 0) std::from_chars(text, text + size, score);
    oom_score_ = std::to_string(std::min(score + what_.oom_score_rise, 1000));
  }

  void fill_cpus() {
    constexpr unsigned in_word = 8 * sizeof(unsigned long);
    for (const unsigned cpu : what_.cpus) {
      if (cpus_.size() <= cpu / in_word) cpus_.resize(cpu / in_word + 1);
      cpus_[cpu / in_word] |= 1ul << cpu % in_word;
    }
  }

  [[noreturn]] void become() {
    ::setpgid(0, 0);
    if (what_.dies_with_parent) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != parent_) fail(Step::parent, ESRCH);
    }
    place_descriptors();
    set_limits();
    set_place();
    set_signals();
    ::execvpe(argv_[0], const_cast<char* const*>(argv_.data()),
              const_cast<char* const*>(envp_.data()));
    fail(Step::execute, errno);
  }

  // First away from where they are to stand, so that none is overwritten; then to their places, the
  // report behind them; then everything else is closed, Boost's own pipe among it.
  void place_descriptors() {
    const int end = 3 + static_cast<int>(what_.fds.size());
    const int input = away(::open("/dev/null", O_RDWR | O_CLOEXEC), end);
    const int output = what_.output < 0 ? input : away(what_.output, end);
    for (std::size_t i = 0; i < copies_.size(); ++i) copies_[i] = away(what_.fds[i], end);
    report_ = away(report_, end + 1);
    bool placed = ::dup2(what_.terminal ? output : input, 0) == 0 && ::dup2(output, 1) == 1 &&
                  ::dup2(output, 2) == 2;
    for (std::size_t i = 0; i < copies_.size(); ++i) {
      const int place = 3 + static_cast<int>(i);
      placed = placed && ::dup2(copies_[i], place) == place;
    }
    if (!placed || ::dup3(report_, end, O_CLOEXEC) != end) fail(Step::descriptors, errno);
    report_ = end;
    if (::syscall(SYS_close_range, end + 1, ~0u, 0) != 0) fail(Step::descriptors, errno);
  }

  int away(int fd, int least) {
    const int copy = fd < 0 ? -1 : ::fcntl(fd, F_DUPFD_CLOEXEC, least);
    if (copy < 0) fail(Step::descriptors, errno);
    return copy;
  }

  void set_limits() {
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    if (what_.data_limit > 0) {
      const rlimit data{what_.data_limit, what_.data_limit};
      if (::setrlimit(RLIMIT_DATA, &data) != 0) fail(Step::limit, errno);
    }
    if (oom_score_.empty()) return;
    const int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file < 0) return;
    [[maybe_unused]] const auto best_effort = ::write(file, oom_score_.data(), oom_score_.size());
    ::close(file);
  }

  // Which cores it is to have, how much of them, and the terminal.
  void set_place() {
    if (what_.nice && ::setpriority(PRIO_PROCESS, 0, *what_.nice) != 0) fail(Step::nice, errno);
    const std::size_t size = cpus_.size() * sizeof cpus_[0];
    if (size > 0 &&
        ::sched_setaffinity(0, size, reinterpret_cast<const cpu_set_t*>(cpus_.data())) != 0) {
      fail(Step::cpus, errno);
    }
    // All signals are blocked still, SIGTTOU among them.
    if (what_.terminal) ::tcsetpgrp(STDIN_FILENO, ::getpid());
  }

  void set_signals() {
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &action, nullptr);
    action.sa_handler = SIG_IGN;
    for (const int signal : what_.ignored) ::sigaction(signal, &action, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
  }

  [[noreturn]] void fail(Step step, int number) {
    const Failure failure{step, number};
    [[maybe_unused]] const auto sent = ::write(report_, &failure, sizeof failure);
    ::_exit(127);
  }

  const Spawn& what_;
  int report_;
  pid_t parent_;
  std::vector<const char*> argv_;
  std::vector<std::string> environment_;
  std::vector<const char*> envp_;
  std::string oom_score_;
  std::vector<unsigned long> cpus_;  // a bit a core
  std::vector<int> copies_;
};

Error refused(const std::string& program, const Failure& failure) {
  const std::string reason = errno_text(failure.number);
  switch (failure.step) {
    case Step::parent:
      return Error(Status::gave_up, program + ": not started, its parent is gone");
    case Step::descriptors:
      return Error(Status::lack, program + ": its descriptors cannot be placed: " + reason +
                                     (failure.number == EMFILE ? "; " + descriptors_advice() : ""));
    case Step::limit:
      return Error(Status::refused, program + ": its memory limit cannot be set: " + reason);
    case Step::nice:
      return Error(Status::refused, program + ": its `nice` cannot be set: " + reason +
                                        "; less than the engine's own needs privileges");
    case Step::cpus:
      return Error(Status::refused, program + ": none of its `cpus` can be used here: " + reason +
                                        "; `taskset -pc $$` lists those that can");
    case Step::execute:
      break;
  }
  return Error(Status::refused, program + ": cannot be executed: " + reason);
}

// Boost takes a few descriptors after the fork, where a lack of them would leave the child behind.
Result<void> have_room(int descriptor) {
  std::array<UniqueFd, 6> spare;
  for (UniqueFd& one : spare) {
    auto copy = duplicate(descriptor);
    if (!copy) return copy.error();
    one = std::move(copy.value());
  }
  return {};
}

// The child says nothing and its end of the pipe closes when the program runs.
bool read_failure(int report, Failure& failure) {
  ssize_t size;
  do {
    size = ::read(report, &failure, sizeof failure);
  } while (size < 0 && errno == EINTR);
  return size == static_cast<ssize_t>(sizeof failure);
}

}  // namespace

Result<pid_t> spawn(const Spawn& what) {
  if (what.argv.empty()) return Error(Status::refused, "no program to start is given");
  auto report = create_pipe();
  if (!report) return report.error();
  if (auto room = have_room(report->write.get()); !room) return room.error();
  ChildSide child_side(what, report->write.get());
  pid_t pid = -1;
  {
    // No handler of ours may run in the child before it is another program.
    const SignalsBlocked blocked;
    try {
      // A context of its own: Boost tells it of the fork, in the child too, and the caller's must
      // not be touched there. It takes descriptors, and another thread may have had the last one.
      boost::asio::io_context context(1);
      boost::process::v2::process child(
          context.get_executor(), what.argv.front(),
          std::vector<std::string>(what.argv.begin() + 1, what.argv.end()), child_side);
      pid = child.id();
      child.detach();
    } catch (const boost::system::system_error& error) {
      const int number = error.code().value();
      std::string text = what.argv.front() + ": no new process: " + errno_text(number);
      if (number == EAGAIN || number == ENOMEM) text += "; " + processes_advice();
      return Error(Status::lack, std::move(text));
    }
  }
  report->write.reset();
  Failure failure{};
  if (!read_failure(report->read.get(), failure)) return pid;
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED);
  return refused(what.argv.front(), failure);
}

}  // namespace penstock
