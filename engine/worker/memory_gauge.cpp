#include "worker/memory_gauge.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>

namespace penstock {

MemoryGauge::MemoryGauge() {
  rlimit data{};
  if (::getrlimit(RLIMIT_DATA, &data) != 0 || data.rlim_cur == RLIM_INFINITY) return;
  limit_ = data.rlim_cur;
  file_.reset(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
}

bool MemoryGauge::half_used() const {
  if (!file_) return false;
  char text[128] = {};
  if (::pread(file_.get(), text, sizeof text - 1, 0) <= 0) return false;
  unsigned long long pages = 0;  // the sixth number: data and stack
  if (std::sscanf(text, "%*u %*u %*u %*u %*u %llu", &pages) != 1) return false;
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) > limit_ / 2;
}

}  // namespace penstock
