#include "sync/bell.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <cerrno>

namespace penstock::sync {
namespace {

short events_now(int fd) {
  pollfd look{fd, POLLIN, 0};
  int count = 0;
  do {
    count = ::poll(&look, 1, 0);
  } while (count < 0 && errno == EINTR);
  return count > 0 ? look.revents : short{0};
}

}  // namespace

void SocketLine::put() const {
  const char byte = 0;
  // No room means that bytes are there already; a side that is gone needs no waking.
  [[maybe_unused]] const ssize_t n = ::send(fd_, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void SocketLine::take() const {
  char byte = 0;
  [[maybe_unused]] const ssize_t n = ::recv(fd_, &byte, 1, MSG_DONTWAIT);
}

bool SocketLine::readable() const {
  return (events_now(fd_) & POLLIN) != 0;
}

bool SocketLine::hung_up() const {
  return (events_now(fd_) & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

Waited SocketLine::wait(Deadline deadline) const {
  for (;;) {
    pollfd look{fd_, POLLIN, 0};
    timespec left{};
    if (deadline != kForever) {
      const std::uint64_t now = ipc::monotonic_ns();
      const std::uint64_t ns = deadline - std::min(now, deadline);
      left = {static_cast<time_t>(ns / 1'000'000'000u), static_cast<long>(ns % 1'000'000'000u)};
    }
    const int count = ::ppoll(&look, 1, deadline == kForever ? nullptr : &left, nullptr);
    if (count < 0 && errno == EINTR) continue;
    if (count == 0) return Waited::timed_out;
    return (look.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0 ? Waited::gone : Waited::ready;
  }
}

}  // namespace penstock::sync
