// When the next request may go to a server: at most so many a second, evenly spaced. Of one task
// instance; knows the servers that were asked of late.
#pragma once

#include <chrono>
#include <string>
#include <unordered_map>

namespace penstock::http {

class Pace {
 public:
  using Clock = std::chrono::steady_clock;

  Pace() = default;  // no limit
  explicit Pace(double per_second);

  // Takes the next free moment of the server: to be waited for.
  Clock::time_point next(const std::string& server, Clock::time_point now);

 private:
  void forget_idle(Clock::time_point now);

  Clock::duration gap_{};
  std::unordered_map<std::string, Clock::time_point> free_;  // from when on
};

}  // namespace penstock::http
