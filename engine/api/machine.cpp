#include "api/machine.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace penstock {
namespace {

// "max" in the file, or no file, is no limit.
std::uint64_t limit_in(const std::string& path) {
  std::ifstream file(path);
  std::uint64_t bytes = 0;
  return file >> bytes && bytes > 0 ? bytes : UINT64_MAX;
}

std::uint64_t control_group_limit() {
  std::uint64_t least = limit_in("/sys/fs/cgroup/memory/memory.limit_in_bytes");  // version 1
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    if (!line.starts_with("0::")) continue;
    // Version 2: the limit of any group above counts, too.
    for (std::string path = line.substr(3); !path.empty(); path.resize(path.rfind('/'))) {
      least = std::min(least, limit_in("/sys/fs/cgroup" + path + "/memory.max"));
      if (path.rfind('/') == std::string::npos) break;
    }
  }
  return least;
}

}  // namespace

unsigned usable_cores() {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) == 0) {
    return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
  }
  return static_cast<unsigned>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
}

std::uint64_t default_memory() {
  const auto machine = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                       static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return std::min(machine, control_group_limit()) / 2;
}

}  // namespace penstock
