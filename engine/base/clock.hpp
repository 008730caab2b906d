// The clock that everything with a deadline asks, one of the two seams that tests replace. Time is
// what has passed on CLOCK_MONOTONIC, the same in every process of the machine.
#pragma once

#include <chrono>
#include <cstdint>

namespace penstock {

inline constexpr std::uint64_t kMs = 1'000'000;  // ns, in which the engine counts

class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::chrono::nanoseconds now() const = 0;
};

// The real one.
const Clock& steady_clock();

// For tests: stands still until it is moved.
class FakeClock final : public Clock {
 public:
  std::chrono::nanoseconds now() const override { return now_; }
  void advance(std::chrono::nanoseconds by) { now_ += by; }

 private:
  std::chrono::nanoseconds now_{0};
};

}  // namespace penstock
