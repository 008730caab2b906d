#include "api/machine.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>

#include "base/memory.hpp"

namespace penstock {
std::vector<unsigned> usable_cores() {
  std::vector<unsigned> cores;
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) == 0) {
    for (unsigned core = 0; core < CPU_SETSIZE; ++core) {
      if (CPU_ISSET(core, &set)) cores.push_back(core);
    }
  }
  if (!cores.empty()) return cores;
  // A machine with more cores than fit into the set.
  const long count = std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN));
  for (unsigned core = 0; core < count; ++core) cores.push_back(core);
  return cores;
}

std::uint64_t default_memory() {
  return (memory_limit() / 2) >> 20 << 20;
}

}  // namespace penstock
