#include "base/fd.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <system_error>

#include "base/limits.hpp"

namespace penstock {
namespace {

Error no_descriptor(const char* what) {
  const int number = errno;
  std::string text = std::string(what) + ": " + errno_text(number);
  if (number == EMFILE) text += "; " + descriptors_advice();
  return Error(Status::lack, text);
}

}  // namespace

void UniqueFd::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

Result<PipeEnds> create_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return no_descriptor("a pipe cannot be made");
  return PipeEnds{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Result<std::pair<UniqueFd, UniqueFd>> create_socket_pair(int type) {
  int ends[2];
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) != 0) {
    return no_descriptor("a pair of sockets cannot be made");
  }
  return std::pair(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

Result<UniqueFd> duplicate(int fd) {
  UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!copy) return no_descriptor("a descriptor cannot be copied");
  return copy;
}

void occupy_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    // The lowest free number is this one, since those below are taken.
    static_cast<void>(::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY));
  }
}

Result<void> set_nonblocking(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
    return no_descriptor("a descriptor cannot be made non-blocking");
  }
  return {};
}

bool wait_readable(int fd, int milliseconds) {
  pollfd ready{fd, POLLIN, 0};
  int count;
  do {
    count = ::poll(&ready, 1, milliseconds);
  } while (count < 0 && errno == EINTR);
  return count > 0;
}

Result<void> write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error(Status::lack, "writing failed: " + errno_text(errno));
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

std::string errno_text(int number) {
  std::string text = std::generic_category().message(number);
  const bool acronym = text.size() > 1 && !std::islower(static_cast<unsigned char>(text[1]));
  if (!text.empty() && !acronym) {
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  }
  return text;
}

}  // namespace penstock
