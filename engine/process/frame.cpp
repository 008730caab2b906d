#include "process/frame.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace penstock {
namespace {

struct Control {
  alignas(cmsghdr) char bytes[CMSG_SPACE(Frame::kMaxFds * sizeof(int))];
};

void attach(msghdr& message, Control& control, const std::vector<UniqueFd>& fds) {
  const std::size_t size = fds.size() * sizeof(int);
  message.msg_control = control.bytes;
  message.msg_controllen = CMSG_SPACE(size);
  cmsghdr* rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(size);
  for (std::size_t i = 0; i < fds.size(); ++i) {
    const int fd = fds[i].get();
    std::memcpy(CMSG_DATA(rights) + i * sizeof fd, &fd, sizeof fd);
  }
}

void detach(msghdr& message, std::vector<UniqueFd>& fds) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
      fds.emplace_back(fd);
    }
  }
}

Error broken(int number) {
  return Error(Status::gave_up, "engine and keeper cannot talk any more: " + errno_text(number));
}

}  // namespace

void FrameWriter::push(Frame frame) {
  Packet packet;
  const auto size = static_cast<std::uint32_t>(frame.body.size());
  packet.bytes.append(reinterpret_cast<const char*>(&frame.kind), sizeof frame.kind);
  packet.bytes.append(reinterpret_cast<const char*>(&size), sizeof size);
  packet.bytes += frame.body;
  packet.fds = std::move(frame.fds);
  waiting_.push_back(std::move(packet));
}

Result<void> FrameWriter::flush(int socket) {
  while (!waiting_.empty()) {
    Packet& packet = waiting_.front();
    iovec part{packet.bytes.data() + packet.sent, packet.bytes.size() - packet.sent};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    Control control;
    if (!packet.fds.empty()) attach(message, control, packet.fds);
    const ssize_t n = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    // ETOOMANYREFS: too many descriptors are on their way; the other side will take some.
    if (n < 0 && (errno == EAGAIN || errno == ETOOMANYREFS)) return {};
    if (n < 0) return broken(errno);
    packet.sent += static_cast<std::size_t>(n);
    packet.fds.clear();  // they go with the first byte
    if (packet.sent == packet.bytes.size()) waiting_.pop_front();
  }
  return {};
}

// Reads on into the part that begins at `data`; never past it, so that descriptors always belong to
// the frame in hand. True when the part is whole.
Result<bool> FrameReader::fill(int socket, char* data, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    iovec part{data + done, size - done};
    Control control;
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    const ssize_t n = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return false;
    if (n <= 0) return broken(n == 0 ? ECONNRESET : errno);
    detach(message, frame_.fds);
    done += static_cast<std::size_t>(n);
    have_ += static_cast<std::size_t>(n);
  }
  return true;
}

Result<std::optional<Frame>> FrameReader::next(int socket) {
  if (have_ < sizeof header_) {
    char* header = reinterpret_cast<char*>(&header_);
    auto whole = fill(socket, header + have_, sizeof header_ - have_);
    if (!whole) return whole.error();
    if (!*whole) return std::optional<Frame>();
    if (header_.size > Frame::kMaxBody) return broken(EMSGSIZE);
    frame_.kind = header_.kind;
    frame_.body.resize(header_.size);
  }
  const std::size_t body = have_ - sizeof header_;
  auto whole = fill(socket, frame_.body.data() + body, frame_.body.size() - body);
  if (!whole) return whole.error();
  if (!*whole) return std::optional<Frame>();
  have_ = 0;
  return std::optional<Frame>(std::exchange(frame_, Frame()));
}

}  // namespace penstock
