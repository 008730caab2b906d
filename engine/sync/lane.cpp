#include "sync/lane.hpp"

#include <string>
#include <utility>

namespace penstock::sync {
namespace {

// How long the other side is taken to be alive without another look at the socket, which costs a
// system call: so long after its death a message may still be sent into the void.
constexpr std::uint64_t kTrustNs = 50'000;

Error no_sense() {
  return Error(Status::gave_up,
               "pipe: what stands in its memory makes no sense; a process that holds the pipe has "
               "damaged it");
}

}  // namespace

LaneWriter::LaneWriter(LaneState& state, LaneRing ring, UniqueFd socket)
    : state_(state),
      ring_(ring),
      socket_(std::move(socket)),
      data_(state.data_bell, SocketLine(socket_.get())),
      room_(state.room_bell, SocketLine(socket_.get())),
      known_head_(state.head.load(std::memory_order_acquire)) {}

bool LaneWriter::other_side_gone() {
  const std::uint32_t closed = state_.readers_closed.load(std::memory_order_acquire);
  const std::uint64_t now = ipc::monotonic_ns();
  if (closed == closed_then_ && now - looked_at_ < kTrustNs) return false;
  const bool gone = data_.line().hung_up();
  closed_then_ = closed;
  looked_at_ = gone ? 0 : now;
  return gone;
}

Result<Waited> LaneWriter::wait_for_room(std::uint64_t tail, std::uint64_t wanted,
                                         Deadline deadline) {
  const auto is_there = [&] {
    // A cursor that makes no sense ends the wait, too.
    return !ring_.makes_sense(known_head_, tail) ||
           ring_.capacity() - (tail - known_head_) >= wanted;
  };
  if (ring_.makes_sense(known_head_, tail) && is_there()) return Waited::ready;
  const Waited waited = room_.wait(deadline, [&] {
    known_head_ = state_.head.load(std::memory_order_seq_cst);
    return is_there();
  });
  if (!ring_.makes_sense(known_head_, tail)) return no_sense();
  return waited;
}

void LaneWriter::publish(std::uint64_t tail) {
  state_.tail.store(tail, std::memory_order_seq_cst);
  data_.ring();
}

Result<Passage> LaneWriter::send(std::span<const std::byte> message, Deadline deadline) {
  if (message.size() > kLargestMessage) {
    return Error(Status::refused, "pipe: a message of " + std::to_string(message.size()) +
                                      " bytes is too large; up to 1 GiB (1073741824 bytes) go");
  }
  if (other_side_gone()) return Passage::gone;

  std::uint64_t tail = state_.tail.load(std::memory_order_relaxed);
  std::uint64_t left = message.size();
  LaneRing::Mark mark = LaneRing::kFirst;
  // What cannot wait for ever begins, if it can, only when all of it has room.
  const std::uint64_t whole = ring_.room_for_message(left);
  const bool at_once = deadline != kForever && whole + LaneRing::kWordBytes <= ring_.capacity();
  do {
    const std::uint64_t size = ring_.piece(left);
    const std::uint64_t room = LaneRing::room_for_piece(size);
    const std::uint64_t wanted = at_once && mark == LaneRing::kFirst ? whole : room;
    // One word more than that is always left, for the news that the message is given up.
    const auto waited = wait_for_room(tail, wanted + LaneRing::kWordBytes, deadline);
    if (!waited) return waited.error();
    if (*waited == Waited::gone) return Passage::gone;
    if (*waited == Waited::timed_out) {
      if (mark == LaneRing::kFurther) {
        ring_.put_word(tail, {0, LaneRing::kGivenUp});
        publish(tail + LaneRing::kWordBytes);
      }
      return Passage::timed_out;
    }
    ring_.put_word(tail, {left, mark});
    ring_.put(tail, message.subspan(message.size() - left, size));
    tail += room;
    publish(tail);
    left -= size;
    mark = LaneRing::kFurther;
  } while (left != 0);
  return Passage::done;
}

LaneReader::LaneReader(LaneState& state, LaneRing ring, UniqueFd socket)
    : state_(state),
      ring_(ring),
      socket_(std::move(socket)),
      data_(state.data_bell, SocketLine(socket_.get())),
      room_(state.room_bell, SocketLine(socket_.get())) {}

LaneReader::~LaneReader() {
  socket_.reset();
  state_.readers_closed.fetch_add(1, std::memory_order_release);
}

Result<Passage> LaneReader::receive(Deadline deadline, const TakePiece& take) {
  std::uint64_t head = state_.head.load(std::memory_order_relaxed);
  Message message;
  do {
    const auto waited = data_.wait(message.begun ? kForever : deadline, [&] {
      return state_.tail.load(std::memory_order_seq_cst) != head;
    });
    if (waited == Waited::timed_out) return Passage::timed_out;
    if (waited == Waited::gone) return message.begun ? Passage::cut_off : Passage::gone;
    const auto room = take_piece(head, message, take);
    if (!room) return room.error();
    head += *room;
    state_.head.store(head, std::memory_order_seq_cst);
    room_.ring();
  } while (!message.begun || message.left != 0);
  return Passage::done;
}

Result<std::uint64_t> LaneReader::take_piece(std::uint64_t head, Message& message,
                                             const TakePiece& take) const {
  const std::uint64_t tail = state_.tail.load(std::memory_order_acquire);
  if (!ring_.makes_sense(head, tail)) return no_sense();
  const LaneRing::Word word = ring_.word(head);
  if (!ring_.makes_sense(word, tail - head)) return no_sense();

  const std::uint64_t size = ring_.piece(word.left);
  if (word.mark == LaneRing::kFirst) message = {true, word.left, word.left};
  if (word.mark == LaneRing::kGivenUp) message = {};
  if (message.begun) {
    if (word.left != message.left) return no_sense();
    const LaneRing::Parts parts = ring_.parts(head, size);
    const std::uint64_t offset = message.total - message.left;
    take(message.total, offset, parts.first);
    if (!parts.second.empty()) take(message.total, offset + parts.first.size(), parts.second);
    message.left -= size;
  }
  return LaneRing::room_for_piece(size);
}

bool LaneReader::pending() const {
  std::uint64_t head = state_.head.load(std::memory_order_relaxed);
  const std::uint64_t tail = state_.tail.load(std::memory_order_seq_cst);
  if (!ring_.makes_sense(head, tail)) return true;
  bool begun = false;
  while (head != tail) {
    const LaneRing::Word word = ring_.word(head);
    if (!ring_.makes_sense(word, tail - head)) return true;
    const std::uint64_t size = ring_.piece(word.left);
    begun = word.mark == LaneRing::kFirst || (begun && word.mark == LaneRing::kFurther);
    if (begun && size == word.left) return true;
    head += LaneRing::room_for_piece(size);
  }
  return begun;
}

Waited LaneReader::wait(Deadline deadline) {
  return data_.wait(deadline, [this] { return pending(); });
}

}  // namespace penstock::sync
