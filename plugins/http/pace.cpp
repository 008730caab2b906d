#include "http/pace.hpp"

#include <algorithm>

namespace penstock::http {
namespace {

constexpr std::size_t many_servers = 10000;

}  // namespace

Pace::Pace(double per_second)
    : gap_(std::chrono::duration_cast<Clock::duration>(
          std::chrono::duration<double>(1 / per_second))) {}

Pace::Clock::time_point Pace::next(const std::string& server, Clock::time_point now) {
  if (gap_ == Clock::duration::zero()) return now;
  if (free_.size() >= many_servers) forget_idle(now);
  Clock::time_point& free = free_[server];
  const Clock::time_point mine = std::max(free, now);
  free = mine + gap_;
  return mine;
}

void Pace::forget_idle(Clock::time_point now) {
  std::erase_if(free_, [&](const auto& server) { return server.second <= now; });
}

}  // namespace penstock::http
