// The worker's line: what the engine reads of a worker when it has died or is late, and never
// otherwise, so that the worker may hold back what it publishes and still only the call in hand is
// charged. The worker writes it, in its own segment, around each call:
//
//   begin(call)        the call is in hand from here on
//   end(call, tail)    it is not; its descriptors stand in the ring below `tail`, published or not
//
// A reader that finds the `done` of a call below `tail` takes the call as ended, whatever `began`
// says: the store of `tail` is the one moment at which a call ends.
#pragma once

#include <atomic>
#include <cstdint>

namespace penstock::ipc {

template <class Word32, class Word64>
struct BasicLine {
  alignas(64) Word64 began;  // number of the last call that was begun; calls count from 1
  Word64 began_at;           // its start, CLOCK_MONOTONIC in ns
  Word64 ended;              // number of the last call that ended
  Word32 tail;               // the ring's write cursor then

  void begin(std::uint64_t call, std::uint64_t now) {
    began_at.store(now, std::memory_order_relaxed);
    began.store(call, std::memory_order_release);
  }
  void end(std::uint64_t call, std::uint32_t ring_tail) {
    tail.store(ring_tail, std::memory_order_release);
    ended.store(call, std::memory_order_release);
  }
};

using Line = BasicLine<std::atomic<std::uint32_t>, std::atomic<std::uint64_t>>;

}  // namespace penstock::ipc
