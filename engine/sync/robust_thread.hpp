// The calling thread as the kernel's robust futexes see it: a futex word that holds the thread's
// id is freed by the kernel when the thread dies, if the thread has announced it. One word at a
// time can be announced in this way; it needs no list through shared memory. (The slot is the one
// that the C library uses within a call of a robust mutex, and leaves empty in between.)
//
// Belongs to its thread. A forked child has its own.
#pragma once

#include <linux/futex.h>

#include <atomic>
#include <cstdint>

namespace penstock::sync {

class RobustThread {
 public:
  // Of the calling thread.
  static RobustThread& current();

  std::uint32_t id() const { return id_; }

  // From here to retract(), a death of this thread frees the word if it holds id(), and wakes one
  // sleeper; also if the word is free, in case this thread was woken to take it.
  void announce(std::atomic<std::uint32_t>& word) {
    auto* node = reinterpret_cast<char*>(&word) - list_->futex_offset;
    __atomic_store_n(&list_->list_op_pending, reinterpret_cast<robust_list*>(node),
                     __ATOMIC_RELAXED);
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }
  void retract() {
    std::atomic_signal_fence(std::memory_order_seq_cst);
    __atomic_store_n(&list_->list_op_pending, nullptr, __ATOMIC_RELAXED);
  }

 private:
  void look_up();
  static void forget();

  std::uint32_t id_ = 0;
  robust_list_head* list_ = nullptr;
  robust_list_head own_list_{};
};

}  // namespace penstock::sync
