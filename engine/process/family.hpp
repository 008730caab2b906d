// Everything that lives below the keeper: the workers it started and what they left behind. The
// keeper is a child subreaper, so a process whose parent died becomes its child: a stranger. One
// thread; belongs to the keeper.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

namespace penstock {

class Family {
 public:
  struct Death {
    std::uint32_t id;
    int how;    // waitid's si_code
    int value;  // and si_status
  };

  void add(std::uint32_t id, pid_t worker);

  // To the whole process group of a worker; nothing if it is gone.
  void signal(std::uint32_t id, int number);

  // Reaps whoever has died. With a worker its process group dies, and so does every stranger that
  // is in no group of a living worker.
  std::vector<Death> reap();

  // Kills and reaps until nobody is left. `wait` returns when a child has died, or after a while.
  void end(const std::function<void()>& wait);

 private:
  bool alive_group(pid_t group) const { return workers_.contains(group); }
  void kill_strangers();

  std::unordered_map<pid_t, std::uint32_t> workers_;  // pid, which is the group too -> id
  std::unordered_map<std::uint32_t, pid_t> pids_;
};

}  // namespace penstock
