// One connection between a client's process and a manager's server, seen from either end: requests
// one way, replies the other, in turn. What is small passes through shared memory where both are on
// one machine (mailbox.hpp), all else, and all over TCP, through the socket. Whoever has looked for
// long enough sleeps at the socket, so that the death of the other side wakes it.
//
// Measured on two cores (x86-64, Linux 6, 1 us a system call): a round trip by the socket alone
// takes 12 to 20 us; through the memory 1 us while both look, 15 us where one has to be woken.
//
// One thread at a time.
#pragma once

#include <optional>

#include "sync/managed/frame_stream.hpp"
#include "sync/managed/mailbox.hpp"

namespace penstock::sync {

class Conduit {
 public:
  explicit Conduit(UniqueFd socket) : stream_(std::move(socket)) {}

  void attach(Mailbox mailbox) { mailbox_.emplace(std::move(mailbox)); }

  // False: the other side is gone.
  bool send(std::string_view head, std::string_view body = {});

  // Waits for the next message; never a bell.
  Got receive(std::string& message);

  // After receive() has told of the end: the other side read what it was sent last.
  bool was_read(Got end) const;

  // Before anything else is sent: the greeting goes by the socket alone.
  FrameStream& stream() { return stream_; }

 private:
  Got receive_by_socket(std::string& message);

  FrameStream stream_;
  std::optional<Mailbox> mailbox_;
  bool by_socket_ = false;  // went what was sent last
};

}  // namespace penstock::sync
