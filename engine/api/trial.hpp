// One `penstock run` as a process of its own, below the calling thread, that can be killed, or have
// its workers killed. What it says on stderr goes to a file. One thread, which outlives it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace penstock {

class Trial {
 public:
  // Words after `penstock`. Fails if it cannot be started.
  static Result<Trial> start(const std::vector<std::string>& words,
                             const std::filesystem::path& log);

  Trial(Trial&& other) noexcept = default;
  Trial& operator=(Trial&& other) = delete;
  ~Trial();  // kills it, if it has not ended

  // True when it has ended, within that time.
  bool wait(std::chrono::nanoseconds time);

  // The engine; then it has ended.
  void kill();
  // One of its workers, of which `choice` says which; false: there is none.
  bool kill_worker(std::uint64_t choice);

  // Of one that has ended: its exit status, or 128 and the signal that ended it.
  int status() const { return status_; }

 private:
  Trial(pid_t pid, UniqueFd process) : pid_(pid), process_(std::move(process)) {}

  pid_t pid_;
  UniqueFd process_;  // a pidfd; none: it was reaped, or moved from here
  int status_ = -1;
};

}  // namespace penstock
