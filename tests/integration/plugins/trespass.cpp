// Tasks that try what a sandbox may forbid. An item is a line: what is to be tried, and the path,
// port, process or command that it is tried with.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <penstock/plugin.hpp>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

using namespace penstock;

namespace {

// As what a system call has returned; the descriptor is closed, if it is one.
bool opened(int descriptor) {
  if (descriptor < 0) return false;
  const int error = errno;
  ::close(descriptor);
  errno = error;
  return true;
}

sockaddr_un named(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

template <class Address>
bool reaches(int family, const Address& address, decltype(&::connect) how) {
  const int socket = ::socket(family, SOCK_STREAM, 0);
  if (socket < 0) return false;
  const bool done = how(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const int error = errno;
  ::close(socket);
  errno = error;
  return done;
}

sockaddr_in loopback(const std::string& port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  address.sin_port = ::htons(static_cast<std::uint16_t>(std::stoi(port)));
  return address;
}

// A pair needs no name, but one end of this kind could be used to send to anything that has one.
bool sends_to(const std::string& path) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0) return false;
  sockaddr_un address = named(path);
  iovec part{&address, 1};
  msghdr letter{};
  letter.msg_name = &address;
  letter.msg_namelen = sizeof address;
  letter.msg_iov = &part;
  letter.msg_iovlen = 1;
  const bool sent = ::sendmsg(pair[0], &letter, 0) == 1;
  const int error = errno;
  ::close(pair[0]);
  ::close(pair[1]);
  errno = error;
  return sent;
}

bool talks_to_itself() {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) return false;
  char letter = 0;
  const bool heard = ::send(pair[0], "x", 1, 0) == 1 && ::recv(pair[1], &letter, 1, 0) == 1;
  ::close(pair[0]);
  ::close(pair[1]);
  return heard;
}

bool has_memory_of_its_own() {
  const int memory = ::memfd_create("own", 0);
  if (memory < 0 || ::write(memory, "x", 1) != 1) return false;
  return opened(::open(("/proc/self/fd/" + std::to_string(memory)).c_str(), O_RDWR)) &&
         opened(memory);
}

bool reads_memory_of(pid_t process) {
  char here[8];
  iovec into{here, sizeof here};
  iovec from{reinterpret_cast<void*>(&reads_memory_of), sizeof here};
  // EFAULT: it was allowed to look, and found nothing in this place.
  return ::process_vm_readv(process, &into, 1, &from, 1, 0) >= 0 || errno == EFAULT;
}

// Seized only, so that it runs on, and let go at this process's end.
bool traces(pid_t process) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(::ptrace(PTRACE_SEIZE, process, 0, 0) == 0 ? 0 : errno);
  int status = 0;
  ::waitpid(child, &status, 0);
  errno = WIFEXITED(status) ? WEXITSTATUS(status) : EFAULT;
  return errno == 0;
}

bool takes_descriptor_of(pid_t process) {
  const auto handle = static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
  if (handle < 0) return false;
  const bool taken = opened(static_cast<int>(::syscall(SYS_pidfd_getfd, handle, 1, 0)));
  const int error = errno;
  ::close(handle);
  errno = error;
  return taken;
}

bool makes_ring() {
  char parameters[256] = {};
  return opened(static_cast<int>(::syscall(SYS_io_uring_setup, 1, parameters)));
}

// What it writes stands in the outcome.
bool runs(const std::string& command) {
  int output[2];
  if (::pipe(output) != 0) return false;
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(output[1], STDOUT_FILENO);
    ::dup2(output[1], STDERR_FILENO);
    ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    ::dprintf(STDERR_FILENO, "sh: %s", std::strerror(errno));
    ::_exit(127);
  }
  ::close(output[1]);
  std::string text;
  char piece[4096];
  for (ssize_t n = 0; (n = ::read(output[0], piece, sizeof piece)) > 0;) {
    text.append(piece, static_cast<std::size_t>(n));
  }
  ::close(output[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status == 0) return true;
  const int number = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  throw std::runtime_error("status " + std::to_string(number) + ": " +
                           text.substr(0, text.find('\n')));
}

bool in_thread(const std::function<bool()>& attempt) {
  bool done = false;
  int error = 0;
  std::thread([&] {
    done = attempt();
    error = errno;
  }).join();
  errno = error;
  return done;
}

bool with_signals_blocked(const std::function<bool()>& attempt) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &before);
  const bool done = attempt();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return done;
}

bool attempt(const std::string& what, const std::string& with) {
  const auto process = [&] { return static_cast<pid_t>(std::stol(with)); };
  const std::map<std::string, std::function<bool()>> known{
      {"connect", [&] { return reaches(AF_INET, loopback(with), &::connect); }},
      {"bind", [&] { return reaches(AF_INET, loopback(with), &::bind); }},
      {"unix", [&] { return reaches(AF_UNIX, named(with), &::connect); }},
      {"datagram", [&] { return sends_to(with); }},
      {"thread", [&] { return in_thread([&] { return attempt("connect", with); }); }},
      {"blocked", [&] { return with_signals_blocked([&] { return attempt("connect", with); }); }},
      {"pair", talks_to_itself},
      {"memfd", has_memory_of_its_own},
      {"read", [&] { return opened(::open(with.c_str(), O_RDONLY)); }},
      {"write", [&] { return opened(::open(with.c_str(), O_WRONLY | O_CREAT, 0600)); }},
      {"truncate", [&] { return ::truncate(with.c_str(), 0) == 0; }},
      {"remove", [&] { return ::unlink(with.c_str()) == 0; }},
      {"folder", [&] { return ::mkdir(with.c_str(), 0700) == 0; }},
      {"device", [&] { return ::mknod(with.c_str(), S_IFCHR | 0600, 0x103) == 0; }},
      {"mode", [&] { return ::chmod(with.c_str(), 0640) == 0; }},
      {"trace", [&] { return traces(process()); }},
      {"peek", [&] { return reads_memory_of(process()); }},
      {"memory", [&] { return opened(::open(("/proc/" + with + "/mem").c_str(), O_RDWR)); }},
      {"descriptor", [&] { return takes_descriptor_of(process()); }},
      {"signal", [&] { return ::kill(process(), 0) == 0; }},
      {"ring", makes_ring},
      {"run", [&] { return runs(with); }},
      {"crash", []() -> bool { std::abort(); }},
  };
  const auto found = known.find(what);
  if (found == known.end()) throw std::runtime_error("nobody knows how to try " + what);
  return found->second();
}

// The line, and what came of it; "ok", or the error's text.
struct Try {
  bool fails = false;

  void params(Params& p) { p.optional("fails", fails, "where it is refused, the item fails"); }
  void run(std::string_view text, Emit<std::string>& out) {
    const std::string line(text);
    const std::size_t space = std::min(line.find(' '), line.size());
    std::string outcome;
    try {
      const bool done =
          attempt(line.substr(0, space), line.substr(std::min(space + 1, line.size())));
      outcome = done ? "ok" : std::strerror(errno);
    } catch (const std::exception& error) {
      outcome = error.what();
    }
    if (fails && outcome != "ok") throw std::runtime_error(line + ": " + outcome);
    out(line + '\t' + outcome);
  }
};

}  // namespace

PENSTOCK_PLUGIN("trespass", "1.0.0", "tries what a sandbox may forbid") {
  plugin.transform<Try>("try", "each line is something to be tried");
}
