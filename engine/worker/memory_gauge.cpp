#include "worker/memory_gauge.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace penstock {

MemoryGauge::MemoryGauge() {
  rlimit data{};
  if (::getrlimit(RLIMIT_DATA, &data) != 0 || data.rlim_cur == RLIM_INFINITY) return;
  limit_ = data.rlim_cur;
  file_.reset(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
}

std::uint64_t MemoryGauge::used() const {
  char text[128] = {};
  if (!file_ || ::pread(file_.get(), text, sizeof text - 1, 0) <= 0) return 0;
  unsigned long long pages = 0;  // the sixth number: data and stack
  if (std::sscanf(text, "%*u %*u %*u %*u %*u %llu", &pages) != 1) return 0;
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void MemoryGauge::begin() {
  at_begin_ = std::min(used(), limit_);
}

bool MemoryGauge::half_used() const {
  return limit_ > 0 && used() > at_begin_ + (limit_ - at_begin_) / 2;
}

}  // namespace penstock
