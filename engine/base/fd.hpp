// File descriptors with an owner. A UniqueFd closes what it holds; every descriptor made here is
// close-on-exec, so that a child gets only what it is given. Any thread; making one fails with the
// status `lack` when the process or the machine has none left.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"

namespace penstock {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

struct PipeEnds {
  UniqueFd read;
  UniqueFd write;
};

Result<PipeEnds> create_pipe();

// A connected pair of Unix sockets; `type` is SOCK_STREAM or SOCK_SEQPACKET.
Result<std::pair<UniqueFd, UniqueFd>> create_socket_pair(int type);

Result<UniqueFd> duplicate(int fd);

// A file that is opened later must not become standard output by chance. What takes the place of a
// closed descriptor fails as one does.
void occupy_standard_descriptors();

// The flag belongs to the open file and not to the descriptor: whoever shares it is affected.
Result<void> set_nonblocking(int fd);

// The end of a pidfd's process, or a readable descriptor, within `milliseconds` (-1: for ever).
bool wait_readable(int fd, int milliseconds);

// All of `bytes`, to a descriptor that blocks.
Result<void> write_all(int fd, std::string_view bytes);

// "no space left on device": the text of an errno value, as part of a sentence.
std::string errno_text(int number);

}  // namespace penstock
