// One end of a pipe between two processes. Messages of 0 bytes to 1 GiB go through a ring in shared
// memory each way (lane.hpp), whole and in order. When no process holds the other end any more,
// however it went, receive() tells the end of file as soon as what had been sent is received, and
// send() fails.
//
// Each end is an object of its own. Several processes may hold the same end while it is handed on;
// one of them uses it. The two ids differ in their last bit: of a pair that goes one way, the even
// one receives. Descriptors: the memory, then for each direction, the receiving one first, a
// socket.
//
// Any thread, and several at once: messages of several threads that send go one after the other,
// and of several threads that receive each gets messages of its own; close() alone wants the end
// for itself. What the other side's process writes into the memory is checked; at worst it ends in
// an error, or in messages that nobody has sent.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "sync/lane.hpp"
#include "sync/object.hpp"
#include "sync/region.hpp"
#include "sync/turn.hpp"

namespace penstock::sync {

class Connection final : public Object {
 public:
  using Ref = std::shared_ptr<Connection>;

  static constexpr std::size_t kRingBytes = std::size_t{256} << 10;

  // Two ends; one way: the first receives and the second sends. `ring_bytes` is rounded up to a
  // power of two from 4 KiB on.
  static Result<std::pair<Ref, Ref>> create_pair(bool duplex, std::size_t ring_bytes = kRingBytes);
  static Result<ObjectRef> open(std::uint64_t id, std::vector<UniqueFd> descriptors);

  bool receives() const { return directions_.receives; }
  bool sends() const { return directions_.sends; }

  // The whole message or nothing; a message larger than the ring needs a receiver that takes it
  // meanwhile. Never cut_off. Fails for an end that only receives, after close(), and for a message
  // of more than 1 GiB.
  Result<Passage> send(std::span<const std::byte> message, Deadline deadline);

  // As LaneReader::receive. Fails for an end that only sends, after close(), and when the memory is
  // damaged.
  Result<Passage> receive(Deadline deadline, const TakePiece& take);

  // True: receive() has something to give, or to tell, without waiting for the other side.
  Result<bool> poll(Deadline deadline);

  // A descriptor that is readable while poll() would be true; now and then it is for a moment with
  // nothing there, so poll() has the last word. From the first call on, each message costs both
  // sides a system call. It lives as long as the end. Of an end that only sends, POLLHUP alone says
  // something: nobody receives any more.
  Result<int> fileno();

  // Lets go of this process's hold of the end. Fails while another thread is in one of these.
  Result<void> close();
  bool closed() const;

  // For the time that a thread is in one of the functions, or waits with the lanes itself.
  class Use {
   public:
    explicit Use(const Connection& connection);
    ~Use();
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    explicit operator bool() const { return entered_; }  // false: it is closed

   private:
    const Connection& connection_;
    const bool entered_;
  };
  // To be used within a Use; null: not this direction.
  LaneReader* reader() { return reader_ ? &*reader_ : nullptr; }
  LaneWriter* writer() { return writer_ ? &*writer_ : nullptr; }

  std::vector<int> descriptors() const override;
  bool bury(Party dead) override;

 private:
  struct Layout;
  struct Directions {
    bool receives;
    bool sends;
  };
  struct Sockets {
    UniqueFd receiving;
    UniqueFd sending;
  };
  using Memory = std::shared_ptr<const Region>;
  static constexpr std::uint32_t kClosed = 1u << 31;

  static Directions directions_of(std::uint64_t id, bool duplex);
  Connection(std::uint64_t id, Memory memory, const Layout& layout, Sockets sockets);

  const Directions directions_;
  Memory memory_;  // outlives the lanes
  std::optional<LaneReader> reader_;
  std::optional<LaneWriter> writer_;
  Turn receiving_;
  Turn sending_;
  std::atomic<bool> watched_ = false;  // fileno() was asked for
  mutable std::atomic<std::uint32_t> uses_ = 0;
};

}  // namespace penstock::sync
