// The stream socket beside the rings, for what a ring cannot carry: descriptors of extents and
// texts of any length, from the engine to one worker. A letter is a kind, a body and at most a few
// file descriptors. Letters arrive whole and in order.
//
// The engine's end never blocks: what the socket does not take waits in a queue. The worker's end
// blocks, and is woken by the engine's death at the latest (end of file).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace penstock::ipc {

struct Letter {
  std::uint32_t kind = 0;
  std::string body;
  std::vector<UniqueFd> fds;
};

// Both ends of a new channel: the first does not block, the second does.
Result<std::pair<UniqueFd, UniqueFd>> create_channel();

class ChannelWriter {
 public:
  explicit ChannelWriter(UniqueFd socket) : socket_(std::move(socket)) {}

  // Takes the letter over; sends at once what the socket takes. Fails when the other side is gone;
  // then nothing waits any more.
  Result<void> send(Letter letter);

  // Goes on with what waits; to be called when the socket is writable.
  Result<void> flush();
  std::size_t pending() const { return waiting_.size(); }  // letters
  const UniqueFd& socket() const { return socket_; }

 private:
  struct Packet {
    std::string bytes;
    std::vector<UniqueFd> fds;
    std::size_t sent = 0;
  };

  UniqueFd socket_;
  std::deque<Packet> waiting_;
};

class ChannelReader {
 public:
  explicit ChannelReader(UniqueFd socket) : socket_(std::move(socket)) {}

  // The next letter; waits for it. Fails when the other side is gone or breaks the form.
  Result<Letter> receive();

 private:
  UniqueFd socket_;
};

}  // namespace penstock::ipc
