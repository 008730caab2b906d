#include "ipc/doorbell.hpp"

#include <linux/futex.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <string>

namespace penstock::ipc {

std::uint64_t monotonic_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(now.tv_nsec);
}

void yield_cpu() {
  ::sched_yield();
}

void sleep_on(const RingWord& word, std::uint32_t seen, std::uint64_t timeout_ns) {
  const timespec timeout{static_cast<time_t>(timeout_ns / 1'000'000'000u),
                         static_cast<long>(timeout_ns % 1'000'000'000u)};
  ::syscall(SYS_futex, reinterpret_cast<const std::uint32_t*>(&word), FUTEX_WAIT, seen, &timeout,
            nullptr, 0);
}

void wake(const RingWord& word) {
  ::syscall(SYS_futex, reinterpret_cast<const std::uint32_t*>(&word), FUTEX_WAKE, INT_MAX, nullptr,
            nullptr, 0);
}

Result<UniqueFd> create_bell() {
  UniqueFd bell(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!bell) {
    return Error(Status::lack, std::string("no descriptor for a bell: ") + std::strerror(errno));
  }
  return bell;
}

void ring_bell(const UniqueFd& bell) {
  const std::uint64_t one = 1;
  // A full counter is a bell that rings already.
  [[maybe_unused]] const ssize_t n = ::write(bell.get(), &one, sizeof one);
}

void silence_bell(const UniqueFd& bell) {
  std::uint64_t count = 0;
  const iovec whole{&count, sizeof count};
  // The worker shares the open file, so O_NONBLOCK is in its hands, too: this never waits.
  [[maybe_unused]] const ssize_t n = ::preadv2(bell.get(), &whole, 1, -1, RWF_NOWAIT);
}

}  // namespace penstock::ipc
