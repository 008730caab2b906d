// Time that passes, and what most of many times stay below.
#pragma once

#include <time.h>

#include <algorithm>
#include <cstdint>
#include <vector>

inline std::int64_t nanoseconds() {  // the same clock in all processes
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

class Stopwatch {
 public:
  double seconds() const { return static_cast<double>(nanoseconds() - start_) / 1e9; }

 private:
  std::int64_t start_ = nanoseconds();
};

// In microseconds.
inline double share_below(std::vector<std::int64_t> times, std::size_t hundredth) {
  std::ranges::sort(times);
  return static_cast<double>(times[times.size() * hundredth / 100]) / 1e3;
}
