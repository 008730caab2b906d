#include "base/clock.hpp"

#include <time.h>

namespace penstock {
namespace {

class SteadyClock final : public Clock {
 public:
  std::chrono::nanoseconds now() const override {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  }
};

}  // namespace

const Clock& steady_clock() {
  static const SteadyClock clock;
  return clock;
}

}  // namespace penstock
