#include "ipc/channel.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/limits.hpp"

namespace penstock::ipc {
namespace {

constexpr std::size_t kMaxFds = 8;
constexpr std::uint32_t kMaxBody = 1u << 30;

struct Header {
  std::uint32_t kind;
  std::uint32_t size;
  std::uint32_t fds;
  std::uint32_t reserved;
};

Error broken(const char* what) {
  return Error(Status::gave_up, std::string("channel: ") + what + ": " + std::strerror(errno));
}

// Reads exactly `size` bytes; descriptors that come along are appended to `fds`.
Result<void> read_whole(int socket, char* data, std::size_t size, std::vector<UniqueFd>& fds) {
  while (size > 0) {
    iovec part{data, size};
    alignas(cmsghdr) char control[CMSG_SPACE(kMaxFds * sizeof(int))];
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t n = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return broken("reading failed");
    if (n == 0) return Error(Status::gave_up, "channel: the other side is gone");
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
      if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
      const std::size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (std::size_t i = 0; i < count; ++i) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof fd);
        fds.emplace_back(fd);
      }
    }
    if ((message.msg_flags & MSG_CTRUNC) != 0) {
      return Error(Status::lack, "channel: no descriptors left; " + descriptors_advice());
    }
    data += n;
    size -= static_cast<std::size_t>(n);
  }
  return {};
}

}  // namespace

Result<std::pair<UniqueFd, UniqueFd>> create_channel() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return Error(Status::lack, std::string("no channel to a worker: ") + std::strerror(errno));
  }
  UniqueFd engine(ends[0]);
  UniqueFd worker(ends[1]);
  ::fcntl(engine.get(), F_SETFL, O_NONBLOCK);
  return std::pair(std::move(engine), std::move(worker));
}

Result<void> ChannelWriter::send(Letter letter) {
  Packet packet;
  const Header header{letter.kind, static_cast<std::uint32_t>(letter.body.size()),
                      static_cast<std::uint32_t>(letter.fds.size()), 0};
  packet.bytes.assign(reinterpret_cast<const char*>(&header), sizeof header);
  packet.bytes += letter.body;
  packet.fds = std::move(letter.fds);
  waiting_.push_back(std::move(packet));
  return flush();
}

Result<void> ChannelWriter::flush() {
  while (!waiting_.empty()) {
    Packet& packet = waiting_.front();
    iovec part{packet.bytes.data() + packet.sent, packet.bytes.size() - packet.sent};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) char control[CMSG_SPACE(kMaxFds * sizeof(int))];
    if (packet.sent == 0 && !packet.fds.empty()) {
      const std::size_t bytes = std::min(packet.fds.size(), kMaxFds) * sizeof(int);
      message.msg_control = control;
      message.msg_controllen = CMSG_SPACE(bytes);
      cmsghdr* c = CMSG_FIRSTHDR(&message);
      c->cmsg_level = SOL_SOCKET;
      c->cmsg_type = SCM_RIGHTS;
      c->cmsg_len = CMSG_LEN(bytes);
      for (std::size_t i = 0; i * sizeof(int) < bytes; ++i) {
        const int fd = packet.fds[i].get();
        std::memcpy(CMSG_DATA(c) + i * sizeof(int), &fd, sizeof fd);
      }
    }
    const ssize_t n = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    // ETOOMANYREFS: too many descriptors are on their way; the worker will take some.
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == ETOOMANYREFS)) return {};
    if (n < 0) {
      const Error error = broken("writing failed");
      waiting_.clear();
      return error;
    }
    packet.sent += static_cast<std::size_t>(n);
    packet.fds.clear();
    if (packet.sent == packet.bytes.size()) waiting_.pop_front();
  }
  return {};
}

Result<Letter> ChannelReader::receive() {
  Header header{};
  Letter letter;
  if (auto read =
          read_whole(socket_.get(), reinterpret_cast<char*>(&header), sizeof header, letter.fds);
      !read) {
    return read.error();
  }
  if (header.size > kMaxBody || header.fds != letter.fds.size()) {
    return Error(Status::gave_up, "channel: a letter without form");
  }
  letter.kind = header.kind;
  letter.body.resize(header.size);
  if (auto read = read_whole(socket_.get(), letter.body.data(), letter.body.size(), letter.fds);
      !read) {
    return read.error();
  }
  return letter;
}

}  // namespace penstock::ipc
