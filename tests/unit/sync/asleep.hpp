// Whether a process waits in the kernel, for tests of what happens while it does.
#pragma once

#include <sys/types.h>

#include <fstream>
#include <string>

namespace penstock::sync {

// Of its first thread.
inline bool is_asleep(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(')');
  return name_end != std::string::npos && line.compare(name_end + 1, 2, " S") == 0;
}

}  // namespace penstock::sync
