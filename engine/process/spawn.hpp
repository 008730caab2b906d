// Starts one program: the only file that sees Boost.Process. The engine starts its keeper with it,
// the keeper its workers. What the new process gets is spelled out here and nothing else reaches
// it: no descriptor, no blocked or ignored signal. It has a process group of its own, reads from
// /dev/null unless it is given a terminal, and leaves no core. To be called by one thread at a
// time; blocks until the program runs or is known not to (about half a millisecond), and then fails
// with the step and the reason.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace penstock {

struct Spawn {
  std::vector<std::string> argv;  // the first: a path, or a name that is looked for in PATH
  std::vector<std::pair<std::string, std::string>> env;  // added to this process's own
  std::vector<int> fds;                                  // become 3, 4, 5...
  int output = -1;                                       // becomes stdout and stderr; -1: /dev/null
  std::uint64_t data_limit = 0;                          // RLIMIT_DATA; 0: as it is here
  std::optional<int> nice;                               // none: as it is here
  std::vector<unsigned> cpus;                            // cores to run on; empty: as it is here
  int oom_score_rise = 0;         // how much sooner than this process it is to be sacrificed
  std::vector<int> ignored;       // signals; all others are as they are by default
  bool dies_with_parent = false;  // with the thread that calls, which has to stay
  bool terminal = false;          // the output becomes stdin too, the process its foreground
};

// The caller waits for the process when it has ended; nothing here does.
Result<pid_t> spawn(const Spawn& what);

}  // namespace penstock
