// Waits for what other processes or threads bring about, with a deadline.
#pragma once

#include <chrono>
#include <thread>

namespace penstock::sync {

// Looks until it is so. False: not within 20 seconds.
template <class Condition>
bool comes_true(Condition condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace penstock::sync
