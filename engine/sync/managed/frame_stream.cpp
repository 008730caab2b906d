#include "sync/managed/frame_stream.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "ipc/doorbell.hpp"

namespace penstock::sync {
namespace {

constexpr std::size_t kFirstPiece = 64u << 10;

// False: the deadline has come.
bool wait_until_readable(int fd, Deadline deadline) {
  for (;;) {
    const std::uint64_t now = ipc::monotonic_ns();
    if (now >= deadline) return false;
    const std::uint64_t left = (deadline - now + 999'999) / 1'000'000;
    pollfd ready{fd, POLLIN, 0};
    const int count = ::poll(&ready, 1, static_cast<int>(std::min<std::uint64_t>(left, 60'000)));
    if (count > 0 || (count < 0 && errno != EINTR)) return true;
  }
}

// The first descriptor that came along; others are closed.
void take_descriptors(msghdr& message, UniqueFd& descriptor) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i != count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
      UniqueFd owned(fd);
      if (!descriptor) descriptor = std::move(owned);
    }
  }
}

}  // namespace

bool FrameStream::send_whole(std::string_view head, std::string_view body, int descriptor) {
  const auto size = static_cast<std::uint32_t>(head.size() + body.size());
  iovec parts[3] = {{const_cast<std::uint32_t*>(&size), sizeof size},
                    {const_cast<char*>(head.data()), head.size()},
                    {const_cast<char*>(body.data()), body.size()}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 3;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof descriptor)];
  if (descriptor >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof descriptor);
    std::memcpy(CMSG_DATA(c), &descriptor, sizeof descriptor);
  }
  for (std::size_t left = sizeof size + size; left != 0;) {
    const ssize_t n = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    left -= static_cast<std::size_t>(n);
    message.msg_control = nullptr;
    message.msg_controllen = 0;
    std::size_t sent = static_cast<std::size_t>(n);
    while (sent != 0) {
      iovec& part = *message.msg_iov;
      const std::size_t some = std::min(sent, part.iov_len);
      part.iov_base = static_cast<char*>(part.iov_base) + some;
      part.iov_len -= some;
      sent -= some;
      if (part.iov_len != 0) break;
      ++message.msg_iov;
      --message.msg_iovlen;
    }
  }
  return true;
}

bool FrameStream::send(std::string_view head, std::string_view body) {
  return send_whole(head, body, -1);
}

bool FrameStream::send_with(std::string_view frame, int descriptor) {
  return send_whole(frame, {}, descriptor);
}

bool FrameStream::ring() {
  const std::uint32_t none = 0;
  const ssize_t n = ::send(socket_.get(), &none, sizeof none, MSG_NOSIGNAL | MSG_DONTWAIT);
  return n == sizeof none || errno == EAGAIN;  // a full socket wakes whoever sleeps at it
}

Got FrameStream::fill(char* into, std::size_t room, std::size_t& came, Deadline deadline,
                      UniqueFd* descriptor) {
  if (deadline != kForever && !wait_until_readable(socket_.get(), deadline)) return Got::late;
  iovec part{into, room};
  alignas(cmsghdr) char control[CMSG_SPACE(8 * sizeof(int))];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  ssize_t n = 0;
  do {
    if (descriptor != nullptr) {
      message.msg_control = control;
      message.msg_controllen = sizeof control;
      n = ::recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC);
    } else {
      n = ::recv(socket_.get(), into, room, 0);  // the kernel drops descriptors nobody asked for
    }
  } while (n < 0 && errno == EINTR);
  if (n < 0) return errno == ECONNRESET ? Got::unread : Got::gone;
  if (n == 0) return Got::gone;
  if (descriptor != nullptr) take_descriptors(message, *descriptor);
  came = static_cast<std::size_t>(n);
  return Got::frame;
}

Got FrameStream::next(std::string& frame, std::size_t limit, Deadline deadline,
                      UniqueFd* descriptor) {
  std::uint32_t size = 0;
  while (end_ - begin_ < sizeof size) {
    std::memmove(ahead_.data(), ahead_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    std::size_t came = 0;
    const Got got = fill(ahead_.data() + end_, ahead_.size() - end_, came, deadline, descriptor);
    if (got != Got::frame) return got;
    end_ += came;
  }
  std::memcpy(&size, ahead_.data() + begin_, sizeof size);
  begin_ += sizeof size;
  if (size == 0) return Got::bell;
  if (size > limit) return Got::broken;

  const std::size_t here = std::min<std::size_t>(size, end_ - begin_);
  frame.assign(ahead_.data() + begin_, here);
  begin_ += here;
  for (std::size_t have = here; have != size;) {
    frame.resize(std::min<std::size_t>(size, have + std::max(have, kFirstPiece)));
    while (have != frame.size()) {
      std::size_t came = 0;
      const Got got = fill(frame.data() + have, frame.size() - have, came, deadline, descriptor);
      if (got != Got::frame) return got;
      have += came;
    }
  }
  return Got::frame;
}

Got FrameStream::receive(std::string& frame, std::size_t limit, Deadline deadline) {
  return next(frame, limit, deadline, nullptr);
}

Got FrameStream::receive_with(std::string& frame, std::size_t limit, UniqueFd& descriptor,
                              Deadline deadline) {
  return next(frame, limit, deadline, &descriptor);
}

}  // namespace penstock::sync
