// Messages from any number of producers to any number of consumers, in any processes, in the order
// in which they were put. Python's Queue, and with `joinable` its JoinableQueue.
//
// Two regions: a small one with the state, and blocks that grow with what lies in the queue and
// shrink again (circle.hpp). Producers and consumers have a lock each, so that one of each kind
// never wait for one another; a message is there, or is gone, when `puts` or `gets` goes up, in
// that single store. There is no other thread: what put() has returned from is there for everybody.
//
// Deaths: a process killed in put() has put its message or not, one killed in get() has taken one
// or not; nothing else is touched. What one had taken of a joinable queue and not finished counts
// as finished, and as abandoned.
//
// Fails with `lack` when there is no memory for a message (the queue is as before), with `refused`
// for misuse, with `gave_up` when the memory makes no sense. Any thread.
#pragma once

#include <memory>

#include "sync/circle.hpp"
#include "sync/monitor.hpp"
#include "sync/object.hpp"
#include "sync/region.hpp"
#include "sync/takers.hpp"

namespace penstock::sync {

struct QueueLimits {
  std::uint64_t items = 0;  // 0: any number
  // Of memory, at which put() waits, too. A message of up to that size less 128 KiB fits for
  // certain. 0: half of what the machine or the control group has.
  std::uint64_t bytes = 0;
  bool joinable = false;
};

enum class QueueOutcome : std::uint8_t { done, timed_out, closed };

// The bytes of a message, at a multiple of 16. Kept for the next one, unless it was large.
class Message {
 public:
  std::span<const std::byte> bytes() const { return {data_.get(), size_}; }
  // Room for so many. False: there is no memory.
  bool prepare(std::size_t size);
  std::span<std::byte> room() { return {data_.get(), size_}; }

 private:
  std::unique_ptr<std::byte[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

struct QueueState;

class Queue final : public Object {
 public:
  static Result<std::shared_ptr<Queue>> create(const QueueLimits& limits);
  static Result<ObjectRef> open(std::uint64_t id, std::vector<UniqueFd> descriptors);

  Result<QueueOutcome> put(std::span<const std::byte> message, Deadline deadline);
  // `closed`: and nothing is left.
  Result<QueueOutcome> get(Message& into, Deadline deadline);
  // Nothing can be put any more.
  void close();

  // Joinable ones alone.
  Result<void> task_done();
  Result<QueueOutcome> join(Deadline deadline);  // until everything that was put is finished
  Result<std::uint64_t> abandoned() const;

  std::uint64_t size() const;  // exact, at some moment during the call
  std::uint64_t limit() const;
  bool closed() const;
  std::uint64_t memory() const;  // bytes that it has reserved now

  std::vector<int> descriptors() const override { return {region_.fd(), blocks_.fd()}; }
  bool bury(Party dead) override;

 private:
  enum class Step : std::uint8_t { done, full, no_room, empty, closed };

  Queue(std::uint64_t id, Region region, Blocks blocks);

  Result<Step> append(std::span<const std::byte> message);
  Result<Step> take(Message& into, bool& freed);
  void settle();
  void trim();
  Cursor head() const;
  Error misuse() const;

  Region region_;
  Blocks blocks_;
  QueueState& state_;
  Circle circle_;
  std::unique_ptr<Takers> takers_;  // null: not joinable
};

}  // namespace penstock::sync
