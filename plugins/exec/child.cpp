#include "exec/child.hpp"

#include <penstock/errors.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace penstock::exec {
namespace {

constexpr int report_place = 3;  // of the pipe that tells why nothing was executed

// What the child needs to become the program. Between vfork and exec it runs in the memory of the
// worker, which waits: it only makes system calls, and changes nothing but its own descriptors,
// signals and folder.
struct Becoming {
  const Command* command;
  int input;
  int output;
  int errors;
  int report;
  pid_t parent;
};

[[noreturn]] void give_up(int report, bool folder) {
  const int told[] = {errno, folder ? 1 : 0};
  [[maybe_unused]] const ssize_t sent = ::write(report, told, sizeof told);
  ::_exit(127);
}

void reset_signals() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &action, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void become(const Becoming& what) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != what.parent) ::_exit(127);  // it died before it could be noticed
  // All of ours stand behind the first three, which a worker always has.
  bool placed =
      ::dup2(what.input, 0) == 0 && ::dup2(what.output, 1) == 1 && ::dup2(what.errors, 2) == 2;
  placed = placed && (what.report == report_place ||
                      ::dup3(what.report, report_place, O_CLOEXEC) == report_place);
  if (!placed || ::syscall(SYS_close_range, report_place + 1, ~0u, 0) != 0) {
    give_up(what.report, false);
  }
  reset_signals();
  if (what.command->folder != nullptr && ::chdir(what.command->folder) != 0) {
    give_up(report_place, true);
  }
  ::execve(what.command->path, what.command->argv, what.command->environment);
  give_up(report_place, false);
}

struct Pipe {
  Descriptor read;
  Descriptor write;
};

[[noreturn]] void refuse(const Command& command, int number, bool folder) {
  const std::string reason = std::strerror(number);
  const std::string what = "`" + command.name + "` cannot be started";
  if (folder) throw Permanent(what + " in the folder '" + command.folder + "': " + reason);
  switch (number) {
    case EAGAIN:
      throw Transient(what + ": there are too many processes (see ulimit -u): " + reason);
    case ETXTBSY:
      throw Transient(what + ": its file is just being written: " + reason);
    case EMFILE:
    case ENFILE:
      throw Lack(what + ": " + reason + "; raise the limit (ulimit -n)");
    case ENOMEM:
      throw Lack(what + ": " + reason);
    case E2BIG:
      throw Permanent(what + ": " + reason +
                      "; give it what is large on its stdin, and not in `argv`");
    case ENOEXEC:
      throw Permanent(what + ": " + reason +
                      "; it is no program for this machine, nor a script that begins with #!");
    default:
      throw Permanent(what + ": " + command.path + ": " + reason);
  }
}

Pipe make_pipe(const Command& command) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) refuse(command, errno, false);
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

Descriptor open_nothing(const Command& command) {
  Descriptor nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!nothing) refuse(command, errno, false);
  return nothing;
}

void never_block(const Descriptor& descriptor) {
  ::fcntl(descriptor.get(), F_SETFL, O_NONBLOCK);
}

// The worker's handlers must not run in the child, which has the worker's memory.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

void Descriptor::close() {
  if (number_ >= 0) ::close(std::exchange(number_, -1));
}

Child::Child(const Command& command) {
  try {
    start(command);
  } catch (...) {
    // The destructor of what was not made does not run.
    if (pid_ > 0) reap();
    throw;
  }
}

void Child::start(const Command& command) {
  Descriptor nothing;
  if (!command.reads || !command.writes) nothing = open_nothing(command);
  Pipe in;
  Pipe out;
  if (command.reads) in = make_pipe(command);
  if (command.writes) out = make_pipe(command);
  Pipe err = make_pipe(command);
  Pipe report = make_pipe(command);

  const Becoming what{&command,
                      command.reads ? in.read.get() : nothing.get(),
                      command.writes ? out.write.get() : nothing.get(),
                      err.write.get(),
                      report.write.get(),
                      ::getpid()};
  {
    const SignalsBlocked blocked;
    // Not posix_spawn, which cannot bind the program's life to ours; not fork, which is slower the
    // more memory a worker has.
    const pid_t pid = ::vfork();  // NOLINT(clang-analyzer-security.insecureAPI.vfork)
    if (pid == 0) become(what);
    pid_ = pid;
  }
  if (pid_ < 0) refuse(command, errno, false);
  report.write.close();
  int told[2];
  ssize_t size = 0;
  do {
    size = ::read(report.read.get(), told, sizeof told);
  } while (size < 0 && errno == EINTR);
  if (size == static_cast<ssize_t>(sizeof told)) refuse(command, told[0], told[1] != 0);

  process = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (!process) refuse(command, errno, false);
  if (command.reads) never_block(input = std::move(in.write));
  if (command.writes) never_block(output = std::move(out.read));
  never_block(errors = std::move(err.read));
}

Child::~Child() {
  if (pid_ > 0) reap();
}

void Child::signal(int number) const {
  if (pid_ > 0) ::kill(-pid_, number);
}

// While it is not reaped its number is nobody else's, and so is the group's.
std::optional<Ending> Child::reap() {
  signal(SIGKILL);
  siginfo_t info{};
  int result = 0;
  do {
    result = ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED);
  } while (result != 0 && errno == EINTR);
  pid_ = -1;
  if (result != 0) return std::nullopt;
  if (info.si_code == CLD_EXITED) return Ending{0, info.si_status};
  return Ending{info.si_status, 0};
}

}  // namespace penstock::exec
