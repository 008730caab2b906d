// A handler of SIGUSR1 that counts how often it ran in the processes of a test, which have it by
// their fork.
#pragma once

#include <signal.h>

#include <atomic>
#include <cstdint>

#include "asleep.hpp"
#include "comes_true.hpp"
#include "shared_table.hpp"

namespace penstock::sync {

class Signalled {
 public:
  Signalled() : count_(1) {
    counter_ = &count_[0];
    struct sigaction action {};  // without SA_RESTART: a system call that waits ends with EINTR
    action.sa_handler = [](int) { ++*counter_; };
    ::sigaction(SIGUSR1, &action, &before_);
  }
  Signalled(const Signalled&) = delete;
  Signalled& operator=(const Signalled&) = delete;
  ~Signalled() { ::sigaction(SIGUSR1, &before_, nullptr); }

  // Sends them to one that is about to wait, each when it sleeps.
  template <class Process>
  bool arrive_in(const Process& process, int times) {
    for (int i = 0; i != times; ++i) {
      if (!comes_true([&] { return is_asleep(process.pid()); })) return false;
      const std::uint64_t before = count_[0];
      if (::kill(process.pid(), SIGUSR1) != 0) return false;
      if (!comes_true([&] { return count_[0] > before; })) return false;
    }
    return true;
  }

  std::uint64_t count() { return count_[0]; }

 private:
  static inline std::atomic<std::uint64_t>* counter_ = nullptr;

  SharedTable<std::atomic<std::uint64_t>> count_;
  struct sigaction before_ {};
};

}  // namespace penstock::sync
