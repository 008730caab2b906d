#include "sync/queue.hpp"

#include <algorithm>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "base/memory.hpp"
#include "ipc/doorbell.hpp"

namespace penstock::sync {

// What one side writes and the other reads has a line of its own. A cursor is written to the place
// where the last one but one stood, and counts from the store to `puts` or `gets` on.
struct QueueState {
  std::uint64_t items;
  std::uint32_t joinable;
  std::atomic<std::uint32_t> closed;

  alignas(64) MonitorState producers;
  std::atomic<Cursor> tails[2];
  CircleState circle;

  alignas(64) std::atomic<std::uint64_t> puts;

  alignas(64) MonitorState consumers;
  std::atomic<Party> takers[2];  // who made the get that the cursor beside belongs to

  alignas(64) std::atomic<std::uint64_t> gets;
  std::atomic<Cursor> heads[2];

  alignas(64) Gate filled;
  alignas(64) Gate slot;      // one item fewer
  alignas(64) Gate room;      // blocks have become free
  alignas(64) Gate finished;  // with the consumers' lock
};

namespace {

using Size = std::uint64_t;  // stands before each message

constexpr std::size_t kLargeMessage = 1024 * 1024;

constexpr std::uint64_t rounded(std::uint64_t bytes) {
  return (bytes + sizeof(Size) - 1) / sizeof(Size) * sizeof(Size);
}
static_assert(Blocks::kContent % sizeof(Size) == 0, "a size is never split");
static_assert(std::atomic<Cursor>::is_always_lock_free);

std::size_t bytes_of_state(bool joinable) {
  return sizeof(QueueState) + (joinable ? sizeof(TakersState) : 0);
}

// Returns when the gate may have been opened, too.
template <class Ready>
void look_and_sleep(Gate& gate, Deadline deadline, Ready ready) {
  if (ipc::look_for(ready)) return;
  const std::uint32_t turn = gate.turn.load();
  if (!ready()) Monitor::sleep(gate, turn, deadline);
}

}  // namespace

bool Message::prepare(std::size_t size) {
  if (size > capacity_ || (capacity_ > kLargeMessage && size <= kLargeMessage)) {
    data_.reset();
    capacity_ = 0;
    size_ = 0;
    const std::size_t capacity = std::max<std::size_t>(size, 256);
    data_.reset(new (std::nothrow) std::byte[capacity]);
    if (!data_) return false;
    capacity_ = capacity;
  }
  size_ = size;
  return true;
}

Queue::Queue(std::uint64_t id, Region region, Blocks blocks)
    : Object(Kind::queue, id),
      region_(std::move(region)),
      blocks_(std::move(blocks)),
      state_(region_.as<QueueState>()),
      circle_(state_.circle, blocks_) {
  if (state_.joinable != 0 && region_.size() >= bytes_of_state(true)) {
    takers_ = std::make_unique<Takers>(
        *reinterpret_cast<TakersState*>(region_.data() + sizeof(QueueState)));
  }
}

Result<std::shared_ptr<Queue>> Queue::create(const QueueLimits& limits) {
  const std::uint64_t id = new_object_id();
  auto region = Region::create(Kind::queue, id, bytes_of_state(limits.joinable));
  if (!region) return region.error();
  auto blocks = Blocks::create();
  if (!blocks) return blocks.error();
  auto& state = region->as<QueueState>();
  state.items = limits.items;
  state.joinable = limits.joinable ? 1 : 0;
  const std::uint64_t bytes = limits.bytes == 0 ? memory_limit() / 2 : limits.bytes;
  state.circle.most =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes / Blocks::kBytes, Blocks::kMost));
  std::shared_ptr<Queue> queue(new Queue(id, *std::move(region), *std::move(blocks)));
  if (auto made = queue->circle_.initialize(); !made) return made.error();
  return queue;
}

Result<ObjectRef> Queue::open(std::uint64_t id, std::vector<UniqueFd> descriptors) {
  if (descriptors.size() != 2) {
    return Error(Status::gave_up, "a shared queue came with " + std::to_string(descriptors.size()) +
                                      " descriptors instead of two");
  }
  auto region = Region::open(std::move(descriptors[0]), Kind::queue, id);
  if (!region) return region.error();
  if (region->size() < sizeof(QueueState)) {
    return Error(Status::gave_up, "a shared queue came in memory that is too small for one");
  }
  auto blocks = Blocks::open(std::move(descriptors[1]));
  if (!blocks) return blocks.error();
  return ObjectRef(new Queue(id, *std::move(region), *std::move(blocks)));
}

Result<QueueOutcome> Queue::put(std::span<const std::byte> message, Deadline deadline) {
  if (message.size() > circle_.capacity() - sizeof(Size)) {
    return Error(Status::refused, "a message of " + std::to_string(message.size()) +
                                      " bytes is put into a queue "
                                      "that may hold " +
                                      std::to_string(circle_.capacity() - sizeof(Size)));
  }
  Monitor producers(state_.producers);
  for (bool was_full = false;;) {
    if (!producers.lock_until(deadline)) {
      if (was_full) Monitor::wake_one(state_.slot);
      return QueueOutcome::timed_out;
    }
    const std::uint64_t gets = state_.gets.load(std::memory_order_relaxed);
    const Result<Step> step = append(message);
    producers.unlock();
    if (step && *step == Step::done) {
      Monitor::wake_one(state_.filled);
      return QueueOutcome::done;
    }
    const bool full = step && *step == Step::full;
    const bool late = has_passed(deadline);
    // Whoever is woken because there is a slot, and does not use it, passes that on.
    if (was_full && (late || !full)) Monitor::wake_one(state_.slot);
    if (!step) return step.error();
    if (*step == Step::closed) return QueueOutcome::closed;
    if (late) return QueueOutcome::timed_out;
    was_full = full;
    look_and_sleep(full ? state_.slot : state_.room, deadline,
                   [&] { return state_.gets.load(std::memory_order_acquire) != gets || closed(); });
  }
}

Result<Queue::Step> Queue::append(std::span<const std::byte> message) {
  if (closed()) return Step::closed;
  const std::uint64_t puts = state_.puts.load(std::memory_order_relaxed);
  Cursor tail = state_.tails[puts & 1].load(std::memory_order_relaxed);
  if (circle_.needs_recovery()) {
    if (auto recovered = circle_.recover(tail); !recovered) return recovered.error();
  }
  if (state_.items != 0 && puts - state_.gets.load(std::memory_order_acquire) >= state_.items) {
    return Step::full;
  }
  const Size size = message.size();
  const auto room = circle_.make_room(tail, head(), sizeof size + rounded(size));
  if (!room) return room.error();
  if (!*room) return Step::no_room;
  auto written = circle_.write(tail, std::as_bytes(std::span(&size, 1)));
  if (written) written = circle_.write(tail, message);
  if (!written) return written.error();
  tail.offset = static_cast<std::uint32_t>(rounded(tail.offset));
  state_.tails[(puts + 1) & 1].store(tail, std::memory_order_relaxed);
  state_.puts.store(puts + 1, std::memory_order_release);
  return Step::done;
}

Result<QueueOutcome> Queue::get(Message& into, Deadline deadline) {
  Monitor consumers(state_.consumers);
  const auto is_filled = [&] {
    return state_.puts.load(std::memory_order_acquire) !=
               state_.gets.load(std::memory_order_relaxed) ||
           closed();
  };
  for (bool slept = false;;) {
    std::optional<Result<Step>> step;
    bool freed = false;
    if (is_filled()) {
      if (consumers.lock_until(deadline)) {
        step = take(into, freed);
        consumers.unlock();
      }
    } else {
      step = Step::empty;
    }
    if (step && *step && **step == Step::done) {
      if (state_.items != 0) Monitor::wake_one(state_.slot);
      if (freed) {
        Monitor::wake_all(state_.room);
        trim();
      }
      return QueueOutcome::done;
    }
    const bool late = !step || has_passed(deadline);
    if (slept && (late || !*step)) Monitor::wake_one(state_.filled);
    if (step && !*step) return step->error();
    if (step && **step == Step::closed) return QueueOutcome::closed;
    if (late) return QueueOutcome::timed_out;
    look_and_sleep(state_.filled, deadline, is_filled);
    slept = true;
  }
}

Result<Queue::Step> Queue::take(Message& into, bool& freed) {
  const bool is_closed = closed();  // before `puts`: nothing comes after it
  const std::uint64_t puts = state_.puts.load(std::memory_order_acquire);
  const std::uint64_t gets = state_.gets.load(std::memory_order_relaxed);
  if (puts == gets) return is_closed ? Step::closed : Step::empty;
  const Party party = this_party();
  if (takers_) {
    settle();
    if (!takers_->prepare(party, gets)) {
      return Error(Status::lack,
                   "too many processes have items of a queue that they have not "
                   "finished: " +
                       std::to_string(TakersState::kLines));
    }
  }
  const Cursor before = state_.heads[gets & 1].load(std::memory_order_relaxed);
  Cursor head = before;
  Size size = 0;
  if (auto read = circle_.read(head, std::as_writable_bytes(std::span(&size, 1))); !read) {
    return read.error();
  }
  // A large one would be copied out of the same blocks again and again.
  if (size > circle_.capacity() || (size > kLargeMessage && size > circle_.memory())) {
    return Error(Status::gave_up, "shared memory: that of a queue is damaged: a message of " +
                                      std::to_string(size) + " bytes");
  }
  if (!into.prepare(size)) {
    return Error(Status::lack, "no memory for a message of " + std::to_string(size) + " bytes");
  }
  if (auto read = circle_.read(head, into.room()); !read) return read.error();
  head.offset = static_cast<std::uint32_t>(rounded(head.offset));
  state_.takers[(gets + 1) & 1].store(party, std::memory_order_relaxed);
  state_.heads[(gets + 1) & 1].store(head, std::memory_order_release);
  state_.gets.store(gets + 1, std::memory_order_release);
  if (takers_) takers_->settle(party, gets + 1);
  freed = head.block != before.block;
  return Step::done;
}

// The cursor at this moment or a little before. While `gets` stays the same, its place is not
// written to, so what was read beside it was that.
Cursor Queue::head() const {
  for (;;) {
    const std::uint64_t gets = state_.gets.load(std::memory_order_acquire);
    const Cursor head = state_.heads[gets & 1].load(std::memory_order_acquire);
    if (state_.gets.load(std::memory_order_relaxed) == gets) return head;
  }
}

void Queue::trim() {
  Monitor producers(state_.producers);
  if (!producers.try_lock()) return;  // the next one does it
  const Cursor tail = state_.tails[state_.puts.load(std::memory_order_relaxed) & 1].load();
  if (!circle_.needs_recovery() || circle_.recover(tail)) circle_.trim(tail, head());
  producers.unlock();
}

void Queue::close() {
  Monitor producers(state_.producers);
  producers.lock();
  state_.closed.store(1);
  producers.unlock();
  for (Gate* gate : {&state_.filled, &state_.slot, &state_.room}) Monitor::wake_all(*gate);
}

void Queue::settle() {
  const std::uint64_t gets = state_.gets.load(std::memory_order_relaxed);
  if (gets != 0) takers_->settle(state_.takers[gets & 1].load(std::memory_order_relaxed), gets);
}

Error Queue::misuse() const {
  return Error(Status::refused, "only a JoinableQueue counts what is finished");
}

Result<void> Queue::task_done() {
  if (!takers_) return misuse();
  Monitor consumers(state_.consumers);
  consumers.lock();
  settle();
  const bool finished = takers_->finish(this_party());
  consumers.unlock();
  if (!finished) {
    return Error(Status::refused, "task_done() was called more often than items were taken");
  }
  Monitor::wake_all(state_.finished);
  return {};
}

Result<QueueOutcome> Queue::join(Deadline deadline) {
  if (!takers_) return misuse();
  Monitor consumers(state_.consumers);
  if (!consumers.lock_until(deadline)) return QueueOutcome::timed_out;
  for (bool in_time = true;;) {
    settle();
    const bool finished = state_.puts.load(std::memory_order_acquire) ==
                              state_.gets.load(std::memory_order_relaxed) &&
                          takers_->unfinished() == 0;
    if (finished || !in_time) {
      consumers.unlock();
      return finished ? QueueOutcome::done : QueueOutcome::timed_out;
    }
    in_time = consumers.wait(state_.finished, deadline);
  }
}

Result<std::uint64_t> Queue::abandoned() const {
  if (!takers_) return misuse();
  return takers_->abandoned();
}

std::uint64_t Queue::size() const {
  for (;;) {
    const std::uint64_t gets = state_.gets.load(std::memory_order_acquire);
    const std::uint64_t puts = state_.puts.load(std::memory_order_acquire);
    if (state_.gets.load(std::memory_order_relaxed) == gets) return puts - gets;
  }
}

std::uint64_t Queue::limit() const {
  return state_.items;
}

bool Queue::closed() const {
  return state_.closed.load(std::memory_order_acquire) != 0;
}

std::uint64_t Queue::memory() const {
  return region_.size() + circle_.memory();
}

bool Queue::bury(Party dead) {
  Monitor producers(state_.producers);
  Monitor consumers(state_.consumers);
  if (!producers.lock_briefly()) return false;
  producers.unlock();
  if (!consumers.lock_briefly()) return false;
  if (takers_) {
    settle();
    takers_->write_off(dead);
  }
  consumers.unlock();
  for (Gate* gate : {&state_.filled, &state_.slot, &state_.room, &state_.finished}) {
    Monitor::revive(*gate);
  }
  return true;
}

}  // namespace penstock::sync
