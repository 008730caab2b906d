// Sleep without a lost wake-up. Who is to sleep says so first and then looks once more whether
// something has come; who publishes looks afterwards whether somebody sleeps. A full fence stands
// between the two steps of either side, so that at least one of them sees what the other has done:
//
//   the sleeper                        the publisher
//     begin_sleep(sleeping)              ring.publish()
//     if nothing has come: sleep         if (needs_wake(sleeping)) wake the other side
//     end_sleep(sleeping)
//
// The word belongs to the sleeper's segment; what the other side makes of it is at worst a late or
// a needless wake-up. `Word` is an atomic 32-bit word, as in ring.hpp.
#pragma once

#include <atomic>
#include <cstdint>

namespace penstock::ipc {

// The model test has a fence of its own, for its own kind of word.
inline void full_fence(const std::atomic<std::uint32_t>&) {
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

template <class Word>
void begin_sleep(Word& sleeping) {
  sleeping.store(1, std::memory_order_relaxed);
  full_fence(sleeping);
}

template <class Word>
void end_sleep(Word& sleeping) {
  sleeping.store(0, std::memory_order_relaxed);
}

template <class Word>
bool needs_wake(const Word& sleeping) {
  full_fence(sleeping);
  return sleeping.load(std::memory_order_relaxed) != 0;
}

}  // namespace penstock::ipc
