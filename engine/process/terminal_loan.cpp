#include "process/terminal_loan.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <utility>

namespace penstock {

std::optional<TerminalLoan> TerminalLoan::take() {
  if (::tcgetpgrp(STDERR_FILENO) != ::getpgrp()) return std::nullopt;
  // Opened anew: standard error may be open for writing alone.
  UniqueFd terminal(::open("/proc/self/fd/2", O_RDWR | O_CLOEXEC | O_NOCTTY));
  termios modes{};
  if (!terminal || ::tcgetattr(terminal.get(), &modes) != 0) return std::nullopt;
  return TerminalLoan(std::move(terminal), modes);
}

TerminalLoan::TerminalLoan(UniqueFd terminal, const termios& modes)
    : terminal_(std::move(terminal)), modes_(modes) {}

TerminalLoan::~TerminalLoan() {
  if (!terminal_) return;
  // Whoever changes a terminal from its background is stopped, unless it blocks the signal.
  sigset_t stop;
  sigset_t before;
  ::sigemptyset(&stop);
  ::sigaddset(&stop, SIGTTOU);
  ::pthread_sigmask(SIG_BLOCK, &stop, &before);
  ::tcsetpgrp(terminal_.get(), ::getpgrp());
  ::tcsetattr(terminal_.get(), TCSADRAIN, &modes_);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace penstock
