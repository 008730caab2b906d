// One direction of a pipe: messages through a ring of bytes in shared memory, from one writer to
// one reader, and beside it a pair of sockets for wake-ups and for the end of file.
//
// A message travels in pieces, so that it may be larger than the ring and so that both sides copy
// at the same time. Each piece begins with a word: how much of the message is left from here on,
// and whether it is the first piece, a further one, or the news that the message is given up. From
// that the reader knows at every place what it has before it: when a writer was killed, or gave up
// in the middle, and another goes on, the unfinished message is passed over; when a reader was
// killed in the middle, the next one passes over the rest. Whatever a killed process had not
// published is not there.
//
// Everything that has to go along when an end moves to another process stands in shared memory. The
// reader trusts nothing in it: cursors and words are copied, then checked; what makes no sense is
// an error. LaneWriter and LaneReader do not own the memory, only their socket; one thread at a
// time writes, or reads; pending(), wait and settle are for any.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "sync/bell.hpp"
#include "sync/lane_ring.hpp"

namespace penstock::sync {

// How sending or receiving has ended; cut_off: the sender is gone in the middle of a message.
enum class Passage { done, timed_out, gone, cut_off };

struct LaneState {
  alignas(64) std::atomic<std::uint64_t> tail;  // the writer's: all before it is published
  alignas(64) std::atomic<std::uint64_t> head;  // the reader's: all before it may be overwritten
  alignas(64) std::atomic<std::uint32_t> data_bell;
  std::atomic<std::uint32_t> room_bell;
  std::atomic<std::uint32_t> readers_closed;  // so many times; the writer then looks at the socket
};

class LaneWriter {
 public:
  LaneWriter(LaneState& state, LaneRing ring, UniqueFd socket);

  // The whole message or nothing: where the deadline comes in the middle, the reader passes over
  // what it has of it.
  Result<Passage> send(std::span<const std::byte> message, Deadline deadline);

  int socket() const { return socket_.get(); }
  void wake_other_side() { data_.line().put(); }

 private:
  bool other_side_gone();
  Result<Waited> wait_for_room(std::uint64_t tail, std::uint64_t wanted, Deadline deadline);
  void publish(std::uint64_t tail);

  LaneState& state_;
  LaneRing ring_;
  UniqueFd socket_;
  Bell data_;
  Bell room_;
  std::uint64_t known_head_;
  std::uint64_t looked_at_ = 0;  // when the other side was there
  std::uint32_t closed_then_ = 0;
};

// Takes a piece of a message of `total` bytes, which begins at `offset`; 0 begins a message, also
// when another had been begun: that one was given up. The piece lies in memory that others write:
// copy it, then look at it. Must not throw.
using TakePiece = std::function<void(std::uint64_t total, std::uint64_t offset,
                                     std::span<const std::byte> piece)>;

class LaneReader {
 public:
  LaneReader(LaneState& state, LaneRing ring, UniqueFd socket);
  ~LaneReader();

  // The deadline is that of the message's beginning. From there on it lasts as long as the sender
  // is at it, or lives.
  Result<Passage> receive(Deadline deadline, const TakePiece& take);

  // A message is there or on its way, or receive() has an error to tell.
  bool pending() const;
  // `ready`: pending(). Does not say `gone` while something is pending.
  Waited wait(Deadline deadline);
  void settle() {
    data_.settle([this] { return pending(); });
  }

  int socket() const { return socket_.get(); }
  void wake_other_side() { room_.line().put(); }

 private:
  struct Message {
    bool begun = false;
    std::uint64_t total = 0;
    std::uint64_t left = 0;
  };
  // How much room of the ring the piece takes up.
  Result<std::uint64_t> take_piece(std::uint64_t head, Message& message,
                                   const TakePiece& take) const;

  LaneState& state_;
  LaneRing ring_;
  UniqueFd socket_;
  Bell data_;
  Bell room_;
};

}  // namespace penstock::sync
