// The memory through which a client on this machine and the thread that serves it pass what is
// small: one slot for requests, one for replies, of which each is written only when the other side
// has read what it held before. So a round trip needs no system call while both sides look.
//
// One memfd, made by the server, reserved in full and sealed against a change of its size. Both map
// it writable: what is read from it is copied first, then checked. One thread a side.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "ipc/extent.hpp"
#include "ipc/sleep.hpp"

namespace penstock::sync {

class Mailbox {
 public:
  enum class Side : std::uint8_t { client, server };
  static constexpr std::size_t kSlotBytes = 16u << 10;

  static Result<UniqueFd> create();
  static Result<Mailbox> open(const UniqueFd& memory, Side side);

  // Leaves a message. False: it is too large for the slot, and goes by the socket: the other side
  // is told so here.
  bool post(std::string_view head, std::string_view body);
  // The other side has said that it sleeps at the socket.
  bool has_to_ring() const { return ipc::needs_wake(theirs().asleep); }

  bool arrived() const { return mine().turn.load(std::memory_order_acquire) != seen_; }
  // What has arrived. Without a value: it comes by the socket. Fails if it has no form.
  enum class Taken : std::uint8_t { here, by_socket, broken };
  Taken take(std::string& message);

  // Around a sleep at the socket; in between one looks once more whether something has arrived.
  void begin_sleep() { ipc::begin_sleep(mine().asleep); }
  void end_sleep() { ipc::end_sleep(mine().asleep); }

  // Whether the other side has taken what was posted last.
  bool was_taken() const { return theirs().taken.load(std::memory_order_acquire) == posted_; }

 private:
  struct Slot {
    alignas(64) std::atomic<std::uint32_t> turn;  // counts the messages
    std::uint32_t size;
    alignas(64) std::atomic<std::uint32_t> asleep;  // of whom reads this slot
    std::atomic<std::uint32_t> taken;               // the turn that was read last
    alignas(64) char data[kSlotBytes - 128];
  };
  static_assert(sizeof(Slot) == kSlotBytes);
  static constexpr std::uint32_t kBySocket = UINT32_MAX;

  Mailbox(ipc::Mapping memory, Side side) : memory_(std::move(memory)), side_(side) {}

  Slot& slot(Side reader) const {
    return reinterpret_cast<Slot*>(memory_.data())[reader == Side::server ? 0 : 1];
  }
  Slot& mine() const { return slot(side_); }
  Slot& theirs() const { return slot(side_ == Side::server ? Side::client : Side::server); }

  ipc::Mapping memory_;
  Side side_;
  std::uint32_t seen_ = 0;
  std::uint32_t posted_ = 0;
};

}  // namespace penstock::sync
