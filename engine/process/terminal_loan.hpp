// The terminal on standard error, lent to a worker that a person wants to talk to, such as one
// under a debugger. While it is lent the worker's process group is the terminal's foreground:
// Ctrl-C is the worker's, not the engine's. The end of the loan takes the foreground back and
// leaves the terminal as it was, whatever has become of the borrower. One thread; nothing here
// fails loudly.
#pragma once

#include <termios.h>

#include <optional>

#include "base/fd.hpp"

namespace penstock {

class TerminalLoan {
 public:
  // None where standard error is no terminal, or this process is not in its foreground.
  static std::optional<TerminalLoan> take();

  TerminalLoan(TerminalLoan&&) noexcept = default;
  TerminalLoan& operator=(TerminalLoan&&) = delete;
  ~TerminalLoan();

  // For Launch::stdout_and_stderr, to be read from and written to.
  Result<UniqueFd> for_borrower() const { return duplicate(terminal_.get()); }

 private:
  TerminalLoan(UniqueFd terminal, const termios& modes);

  UniqueFd terminal_;
  termios modes_;
};

}  // namespace penstock
