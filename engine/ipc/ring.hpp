// A ring of descriptors from one producer to one consumer in another process. The slots and the
// write cursor stand in the producer's segment, the read cursor in the consumer's: each side maps
// the other's read-only, so neither can damage what the other writes. Cursors count for ever and
// wrap at 2^32.
//
// The consumer trusts nothing: a cursor that claims more than the ring holds is reported as
// `broken`, and the owner of the connection then ends the other side.
//
// `Word` is an atomic 32-bit word; the model test replaces it to choose the order of every step,
// and takes fewer slots, a power of two, than there are descriptors on their way.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "ipc/message.hpp"

namespace penstock::ipc {

inline constexpr std::uint32_t kRingSlots = 1024;

template <class Word, std::uint32_t Slots = kRingSlots>
struct BasicRingMemory {
  alignas(64) Word tail;  // one past the last published slot
  Descriptor slots[Slots];
};

// The producing side. Not thread-safe; one object for the life of the ring.
template <class Word, std::uint32_t Slots = kRingSlots>
class BasicRingWriter {
 public:
  using Memory = BasicRingMemory<Word, Slots>;

  BasicRingWriter() = default;
  // Goes on from where its cursor stands, like the reader: a new ring begins at 0.
  BasicRingWriter(Memory* memory, const Word* head)
      : memory_(memory),
        head_(head),
        tail_(memory->tail.load(std::memory_order_relaxed)),
        published_(tail_),
        known_head_(tail_) {}

  // How many more descriptors fit. Looks at the consumer's cursor only when fewer than `wanted` are
  // known to be free.
  std::uint32_t room(std::uint32_t wanted = 1) {
    std::uint32_t used = tail_ - known_head_;
    if (Slots - used < wanted) {
      const std::uint32_t head = head_->load(std::memory_order_acquire);
      if (tail_ - head > Slots) {
        broken_ = true;
        return 0;
      }
      known_head_ = head;
      used = tail_ - head;
    }
    return Slots - used;
  }

  // Needs room(). Not visible to the consumer before publish().
  void push(const Descriptor& descriptor) {
    memory_->slots[tail_ % Slots] = descriptor;
    ++tail_;
  }

  void publish() {
    memory_->tail.store(tail_, std::memory_order_release);
    published_ = tail_;
  }

  bool has_unpublished() const { return published_ != tail_; }
  std::uint32_t unpublished() const { return tail_ - published_; }
  std::uint32_t tail() const { return tail_; }
  bool broken() const { return broken_; }

 private:
  Memory* memory_ = nullptr;
  const Word* head_ = nullptr;
  std::uint32_t tail_ = 0;
  std::uint32_t published_ = 0;
  std::uint32_t known_head_ = 0;
  bool broken_ = false;
};

// The consuming side. Not thread-safe.
template <class Word, std::uint32_t Slots = kRingSlots>
class BasicRingReader {
 public:
  using Memory = BasicRingMemory<Word, Slots>;

  BasicRingReader() = default;
  BasicRingReader(const Memory* memory, Word* head)
      : memory_(memory),
        head_(head),
        position_(head->load(std::memory_order_relaxed)),
        released_(position_),
        known_tail_(position_) {}

  // Copies the next descriptor out. False: nothing there, or broken().
  bool pop(Descriptor& into) {
    if (position_ == known_tail_ && !look(memory_->tail.load(std::memory_order_acquire))) {
      return false;
    }
    into = memory_->slots[position_ % Slots];
    // From here on the copy is what is read, never again the slot.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    ++position_;
    return true;
  }

  // Lets the producer have the slots again that were read.
  void release() {
    if (released_ == position_) return;
    head_->store(position_, std::memory_order_release);
    released_ = position_;
  }

  bool has_next() const {
    return position_ != known_tail_ || is_news(memory_->tail.load(std::memory_order_seq_cst));
  }

  // Also takes what the producer has written but not published, up to the cursor that its line
  // names; a line older than what is known already says nothing new.
  void accept_unpublished(std::uint32_t tail) {
    look(memory_->tail.load(std::memory_order_acquire));
    look(tail);
  }

  std::uint32_t position() const { return position_; }
  bool broken() const { return broken_; }

 private:
  // After accept_unpublished() the published cursor is behind for a while.
  bool is_news(std::uint32_t tail) const {
    return static_cast<std::int32_t>(tail - known_tail_) > 0;
  }

  bool look(std::uint32_t tail) {
    if (is_news(tail)) {
      if (tail - position_ > Slots) {
        broken_ = true;
        return false;
      }
      known_tail_ = tail;
    }
    return position_ != known_tail_;
  }

  const Memory* memory_ = nullptr;
  Word* head_ = nullptr;
  std::uint32_t position_ = 0;
  std::uint32_t released_ = 0;
  std::uint32_t known_tail_ = 0;
  bool broken_ = false;
};

using RingWord = std::atomic<std::uint32_t>;
using RingMemory = BasicRingMemory<RingWord>;
using RingWriter = BasicRingWriter<RingWord>;
using RingReader = BasicRingReader<RingWord>;

}  // namespace penstock::ipc
