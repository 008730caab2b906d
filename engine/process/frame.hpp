// What engine and keeper say to each other, over a pair of stream sockets: a frame is a kind, a
// body of any length and some descriptors. Neither side ever blocks: what the socket does not take
// waits in the writer. One thread. Fails with the status `gave_up` when the other side is gone or
// does not keep to the form; the socket is of no use then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace penstock {

enum class FrameKind : std::uint32_t {
  // engine -> keeper
  launch,  // id and all of a Launch; the descriptors
  kill,    // id, signal
  // keeper -> engine
  started,  // id, pid
  failed,   // id, text
  died,     // id, si_code and si_status of waitid; last
};

struct Frame {
  static constexpr std::size_t kMaxFds = 250;  // the kernel takes 253 at a time
  static constexpr std::size_t kMaxBody = 16u << 20;

  FrameKind kind{};
  std::string body;
  std::vector<UniqueFd> fds;
};

class FrameWriter {
 public:
  // Beyond kMaxBody or kMaxFds a frame must not come here.
  void push(Frame frame);

  // Writes until all is written or the socket takes no more.
  Result<void> flush(int socket);
  bool pending() const { return !waiting_.empty(); }

 private:
  struct Packet {
    std::string bytes;
    std::vector<UniqueFd> fds;
    std::size_t sent = 0;
  };
  std::deque<Packet> waiting_;
};

class FrameReader {
 public:
  // The next frame; nothing: the rest has not come yet. Descriptors that got lost on the way,
  // because this process has no room for them, are missing from it.
  Result<std::optional<Frame>> next(int socket);

 private:
  Result<bool> fill(int socket, char* data, std::size_t size);

  struct Header {
    FrameKind kind;
    std::uint32_t size;
  };
  Header header_{};
  Frame frame_;
  std::size_t have_ = 0;  // of header and body
};

}  // namespace penstock
