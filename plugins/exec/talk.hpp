// Feeds a command and listens to it until it has ended, all at once, so that neither side ever
// waits for the other in vain. What the command does not read is left aside. What it left behind in
// its group is killed when it has ended, and its pipes are not waited for.
#pragma once

#include <penstock/context.hpp>

#include <chrono>
#include <string>
#include <string_view>

#include "exec/capture.hpp"
#include "exec/child.hpp"

namespace penstock::exec {

// The last of what was written to stderr.
class Tail {
 public:
  static constexpr std::size_t kept = 4096;

  void clear() { text_.clear(); }
  void add(std::string_view text);
  std::string text() const;  // without line ends at its end

 private:
  std::string text_;
  bool cut_ = false;
};

struct Talk {
  std::string_view input;
  Capture* output = nullptr;  // none: its stdout is not read
  Tail* errors = nullptr;
  std::chrono::milliseconds grace{};  // from SIGTERM to SIGKILL, where the call is cancelled

  // How it ended; nothing if that cannot be known. When the call is cancelled the command is ended,
  // which is told by `cancelled`. Throws what the capture throws; the child is the caller's to end.
  std::optional<Ending> run(Child& child, const Context& context);
  bool cancelled = false;
};

}  // namespace penstock::exec
