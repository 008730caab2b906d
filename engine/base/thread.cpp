#include "base/thread.hpp"

#include <system_error>
#include <utility>

#include "base/fd.hpp"
#include "base/limits.hpp"

namespace penstock {

SignalsBlocked::SignalsBlocked() {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before_);
}

SignalsBlocked::~SignalsBlocked() {
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

std::thread start_thread(std::function<void()> work) {
  const SignalsBlocked inherited;
  try {
    return std::thread(std::move(work));
  } catch (const std::system_error& error) {
    throw Error(Status::lack, "no thread can be started: " + errno_text(error.code().value()) +
                                  "; " + processes_advice());
  }
}

}  // namespace penstock
