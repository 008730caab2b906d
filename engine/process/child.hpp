// A process that the keeper starts, as the engine sees it: what it is to be, what becomes of it,
// and the handle that owns it. The loop's thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.hpp"
#include "process/exit_status.hpp"

namespace penstock {

struct Launch {
  std::vector<std::string> argv;  // the first: a path, or a name that is looked for in PATH
  std::vector<std::pair<std::string, std::string>> env;  // added to the inherited one
  std::vector<UniqueFd> fds;                             // become 3, 4, 5... in the child
  UniqueFd stdout_and_stderr;                            // none: /dev/null
  std::uint64_t data_limit = 0;                          // RLIMIT_DATA; 0: none
  std::optional<int> nice;                               // none: as the engine's
  std::vector<unsigned> cpus;                            // cores to run on; empty: as the engine's
  bool terminal = false;  // the output is a TerminalLoan's: it becomes stdin too
};

// Each is called from the loop, never from within launch(); any of them may be empty. One of
// `failed`, `died` and `lost` comes, once, and nothing after it. The child, or the keeper itself,
// may be destroyed in it.
struct ChildEvents {
  std::function<void(pid_t pid)> started;
  std::function<void(const std::string& reason)> failed;  // it never ran
  std::function<void(const ExitStatus& status)> died;     // its process group is killed too
  std::function<void()> lost;  // it was killed because the keeper is gone; not its own fault
};

// Destroying it kills the process group, and no event comes any more.
class Child {
 public:
  // What stands behind it; used by the Keeper alone.
  struct State;
  explicit Child(std::shared_ptr<State> state) : state_(std::move(state)) {}
  Child() = default;
  Child(Child&&) noexcept = default;
  Child& operator=(Child&& other) noexcept;
  ~Child();

  pid_t pid() const;     // 0 until it is started, and still there after its end
  bool running() const;  // started, and none of the last events has come

  // To the whole process group, in order with the launch; nothing once it has ended.
  void kill(int signal);

 private:
  std::shared_ptr<State> state_;
};

}  // namespace penstock
