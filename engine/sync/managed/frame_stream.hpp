// Frames over a stream socket: a length of four bytes, then so many bytes. One of no bytes is a
// bell: it only wakes the side that sleeps at the socket (conduit.hpp).
//
// One thread at a time sends, one receives; both may wait. The kernel ends every wait when the
// other side's process has died. What arrives is not believed: a length costs no more memory than
// twice what has come of it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "sync/monitor.hpp"

namespace penstock::sync {

enum class Got : std::uint8_t {
  frame,
  bell,
  gone,    // the other side is gone
  unread,  // it is gone, and what it was sent last it has never read
  broken,  // it does not keep to the form; nothing more can be received
  late,    // not before the deadline
};

class FrameStream {
 public:
  static constexpr std::size_t kLargest = std::size_t{1} << 30;

  explicit FrameStream(UniqueFd socket) : socket_(std::move(socket)) {}

  // Both parts as one frame, of at most kLargest bytes. False: the other side is gone.
  bool send(std::string_view head, std::string_view body = {});
  bool ring();

  // The next one, of at most `limit` bytes.
  Got receive(std::string& frame, std::size_t limit, Deadline deadline = kForever);

  // A frame that brings a descriptor along, and the same for the next one, if it does.
  bool send_with(std::string_view frame, int descriptor);
  Got receive_with(std::string& frame, std::size_t limit, UniqueFd& descriptor, Deadline deadline);

  int fd() const { return socket_.get(); }
  UniqueFd take_socket() { return std::move(socket_); }

 private:
  bool send_whole(std::string_view head, std::string_view body, int descriptor);
  Got fill(char* into, std::size_t room, std::size_t& came, Deadline deadline,
           UniqueFd* descriptor);
  Got next(std::string& frame, std::size_t limit, Deadline deadline, UniqueFd* descriptor);

  UniqueFd socket_;
  std::array<char, 4096> ahead_;  // what came behind what was asked for
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace penstock::sync
