#include "base/memory.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

namespace penstock {
namespace {

constexpr std::uint64_t kNoLimit = UINT64_MAX;

// The number behind the key in a file of such lines; without a key, the file's only one. "max", or
// no file, is no limit.
std::uint64_t number_in(const std::string& path, const std::string& key = {}) {
  std::ifstream file(path);
  std::uint64_t number = 0;
  if (key.empty()) return file >> number && number > 0 ? number : kNoLimit;
  for (std::string word; file >> word;) {
    if (word == key && file >> number) return number;
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return kNoLimit;
}

struct Group {
  std::string folder;
  const char* limit;
  const char* used;
  const char* cache;  // in memory.stat
};

std::vector<Group> groups_above() {
  std::vector<Group> groups{{"/sys/fs/cgroup/memory/", "memory.limit_in_bytes",
                             "memory.usage_in_bytes", "total_inactive_file"}};
  std::ifstream mine("/proc/self/cgroup");
  for (std::string line; std::getline(mine, line);) {
    if (!line.starts_with("0::")) continue;
    // Version 2: the limit of any group above counts, too.
    for (std::string path = line.substr(3); !path.empty(); path.resize(path.rfind('/'))) {
      groups.push_back(
          {"/sys/fs/cgroup" + path + '/', "memory.max", "memory.current", "inactive_file"});
      if (path.rfind('/') == std::string::npos) break;
    }
  }
  return groups;
}

std::uint64_t free_in(const Group& group) {
  const std::uint64_t limit = number_in(group.folder + group.limit);
  const std::uint64_t used = number_in(group.folder + group.used);
  if (limit == kNoLimit || used == kNoLimit) return kNoLimit;
  const std::uint64_t cache = number_in(group.folder + "memory.stat", group.cache);
  const std::uint64_t taken = used - std::min(used, cache == kNoLimit ? 0 : cache);
  return limit - std::min(limit, taken);
}

}  // namespace

std::uint64_t memory_limit() {
  std::uint64_t least = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                        static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  for (const Group& group : groups_above()) {
    least = std::min(least, number_in(group.folder + group.limit));
  }
  return least;
}

std::uint64_t free_memory() {
  std::uint64_t least = number_in("/proc/meminfo", "MemAvailable:");
  if (least != kNoLimit) least *= 1024;
  for (const Group& group : groups_above()) least = std::min(least, free_in(group));
  return least;
}

}  // namespace penstock
