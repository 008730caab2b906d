#include "worker_pids.hpp"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

namespace {

namespace fs = std::filesystem;

// The parent of each process, by /proc.
std::map<pid_t, pid_t> parents() {
  std::map<pid_t, pid_t> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "stat");
    std::string line;
    std::getline(file, line);
    const std::size_t behind = line.rfind(')');
    int parent = 0;
    char state = 0;
    if (behind == std::string::npos) continue;  // it has ended
    if (std::sscanf(line.c_str() + behind + 1, " %c %d", &state, &parent) != 2 || state == 'Z') {
      continue;
    }
    found[static_cast<pid_t>(std::stol(name))] = parent;
  }
  return found;
}

std::vector<pid_t> below(pid_t root, const std::map<pid_t, pid_t>& parent_of) {
  std::vector<pid_t> found;
  for (const auto& [pid, parent] : parent_of) {
    pid_t above = parent;
    while (above != root && parent_of.contains(above)) above = parent_of.at(above);
    if (above == root) found.push_back(pid);
  }
  return found;
}

std::size_t entries(const char* folder) {
  std::error_code error;
  const fs::directory_iterator all(folder, error);
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace

std::vector<pid_t> worker_pids() {
  std::vector<pid_t> found;
  for (const pid_t pid : below(::getpid(), parents())) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline");
    const std::string words((std::istreambuf_iterator<char>(file)), {});
    if (words.find("penstock-worker") != std::string::npos) found.push_back(pid);
  }
  return found;
}

pid_t parent_of(pid_t pid) {
  const auto all = parents();
  const auto found = all.find(pid);
  return found == all.end() ? 0 : found->second;
}

Holdings holdings() {
  return {entries("/proc/self/fd"), entries("/proc/self/task"),
          below(::getpid(), parents()).size()};
}

std::size_t resident() {
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0;
  file >> pages >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}
