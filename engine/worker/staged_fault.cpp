#include "worker/staged_fault.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <memory>
#include <new>
#include <vector>

#include "base/fd.hpp"

namespace penstock {
namespace {

constexpr std::size_t kChunk = 16u << 20;

std::string take_all_memory() {
  std::vector<std::unique_ptr<char[]>> taken;
  try {
    for (;;) {
      taken.push_back(std::make_unique_for_overwrite<char[]>(kChunk));
      std::memset(taken.back().get(), 1, kChunk);
    }
  } catch (const std::bad_alloc&) {
    return "the task asked for memory and got none (std::bad_alloc)";
  }
}

// From now on no file can be written: the kernel itself says that the disk is full.
std::optional<std::string> fill_disk(int bell) {
  constexpr auto load = BPF_LD | BPF_W | BPF_ABS;
  constexpr auto if_equal = BPF_JMP | BPF_JEQ | BPF_K;
  constexpr auto if_greater = BPF_JMP | BPF_JGT | BPF_K;
  constexpr auto give = BPF_RET | BPF_K;
  sock_filter program[] = {
      BPF_STMT(load, offsetof(seccomp_data, nr)),
      BPF_JUMP(if_equal, SYS_write, 5, 0),
      BPF_JUMP(if_equal, SYS_pwrite64, 4, 0),
      BPF_JUMP(if_equal, SYS_writev, 3, 0),
      BPF_JUMP(if_equal, SYS_pwritev, 2, 0),
      BPF_JUMP(if_equal, SYS_fallocate, 1, 0),
      BPF_STMT(give, SECCOMP_RET_ALLOW),
      BPF_STMT(load, offsetof(seccomp_data, args[0])),
      BPF_JUMP(if_equal, static_cast<std::uint32_t>(bell), 2, 0),
      BPF_JUMP(if_greater, STDERR_FILENO, 0, 1),
      BPF_STMT(give, SECCOMP_RET_ERRNO | ENOSPC),
      BPF_STMT(give, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{static_cast<unsigned short>(std::size(program)), program};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
      ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0) {
    return std::nullopt;
  }
  return "`disk_full` cannot be done here: " + errno_text(errno);
}

std::optional<std::string> happen(const ipc::FaultOrder& fault, int bell) {
  using Kind = ipc::FaultOrder::Kind;
  switch (fault.kind) {
    case Kind::crash:
      ::raise(SIGSEGV);
      break;
    case Kind::hang:
      for (;;) ::pause();
    case Kind::exit:
      std::exit(0);
    case Kind::error:
      return "an error that the test wants";
    case Kind::oom:
      return take_all_memory();
    case Kind::disk_full:
      return fill_disk(bell);
    case Kind::slow: {
      constexpr std::uint64_t second = 1'000'000'000;
      timespec left{static_cast<time_t>(fault.ns / second), static_cast<long>(fault.ns % second)};
      while (::nanosleep(&left, &left) != 0 && errno == EINTR) {
      }
      break;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> stage_faults(std::span<const ipc::FaultOrder> faults,
                                        std::string_view item, std::uint64_t attempt, int bell) {
  for (const ipc::FaultOrder& fault : faults) {
    if (fault.item != item || attempt > fault.times) continue;
    if (auto failure = happen(fault, bell)) return failure;
  }
  return std::nullopt;
}

}  // namespace penstock
