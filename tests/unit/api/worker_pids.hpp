// The processes below this one that run tasks, as a test finds them that wants to kill some.
#pragma once

#include <sys/types.h>

#include <vector>

std::vector<pid_t> worker_pids();
pid_t parent_of(pid_t pid);

// Descriptors, threads and processes of this program.
struct Holdings {
  std::size_t descriptors = 0;
  std::size_t threads = 0;
  std::size_t processes = 0;  // below it

  bool operator==(const Holdings&) const = default;
};
Holdings holdings();

// Resident memory of this process, bytes.
std::size_t resident();
