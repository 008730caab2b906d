#include "worker/crash.hpp"

#include <execinfo.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

#include "worker/host.hpp"

namespace penstock {
namespace {

constexpr std::size_t kStackBytes = 128 * 1024;
constexpr int kFatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP};

ipc::WorkerHome* crash_home = nullptr;

std::uint64_t program_counter(const ucontext_t& context) {
#if defined(__x86_64__)
  return static_cast<std::uint64_t>(context.uc_mcontext.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return context.uc_mcontext.pc;
#endif
}

void on_crash(int signal, siginfo_t* info, void* context) {
  ipc::CrashRecord& record = crash_home->crash;
  if (record.signal.load() == 0) {
    void* frames[ipc::kMaxFrames + 16];
    const int count = ::backtrace(frames, static_cast<int>(std::size(frames)));
    const std::uint64_t where = program_counter(*static_cast<const ucontext_t*>(context));
    // Of the frames, those of this handler come first: the crash begins at `where`.
    int first = 0;
    while (first < count && reinterpret_cast<std::uint64_t>(frames[first]) != where) ++first;
    record.frames[0] = where;
    std::uint32_t kept = 1;
    // Where the unwinder could not cross the signal frame, what it has is of no use.
    for (int i = first + 1; i < count && kept < ipc::kMaxFrames; ++i) {
      record.frames[kept++] = reinterpret_cast<std::uint64_t>(frames[i]);
    }
    record.frame_count = kept;
    record.code = info->si_code;
    record.address = reinterpret_cast<std::uint64_t>(info->si_addr);
    record.signal.store(static_cast<std::uint32_t>(signal), std::memory_order_release);
  }
  // The handler is reset: this time the signal does what it does by default.
  ::raise(signal);
}

void on_termination(int) {
  if (cancel_watched != 0 && cancel_requested == 0) {
    cancel_requested = 1;
    return;
  }
  ::signal(SIGTERM, SIG_DFL);
  ::raise(SIGTERM);
}

}  // namespace

void install_crash_handler(ipc::WorkerHome& home) {
  crash_home = &home;
  void* first[1];
  ::backtrace(first, 1);  // loads the unwinder now, as it could not be loaded in the handler
  void* stack = ::mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack != MAP_FAILED) {
    const stack_t alternate{stack, 0, kStackBytes};
    ::sigaltstack(&alternate, nullptr);
  }
  struct sigaction action {};
  action.sa_sigaction = on_crash;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | static_cast<int>(SA_RESETHAND) | SA_NODEFER;
  for (const int signal : kFatal) ::sigaction(signal, &action, nullptr);
}

void note_modules(ipc::WorkerHome& home) {
  // Lines "start-end perms offset device inode path". The first mapping of a file is where it begins.
  std::ifstream maps("/proc/self/maps");
  std::string table;
  std::string file;
  unsigned long long base = 0;
  for (std::string line; std::getline(maps, line);) {
    unsigned long long start = 0;
    unsigned long long end = 0;
    char perms[5] = {};
    const std::size_t path = line.find('/');
    if (path == std::string::npos ||
        std::sscanf(line.c_str(), "%llx-%llx %4s", &start, &end, perms) != 3) {
      continue;
    }
    if (line.substr(path) != file) {
      file = line.substr(path);
      base = start;
    }
    if (perms[2] != 'x') continue;
    char numbers[64];
    std::snprintf(numbers, sizeof numbers, "%llx %llx %llx ", start, end, base);
    const std::string entry = numbers + file + "\n";
    if (table.size() + entry.size() >= ipc::kModuleTableBytes) break;
    table += entry;
  }
  std::memcpy(home.modules, table.c_str(), table.size() + 1);
}

void install_termination_handler() {
  struct sigaction action {};
  action.sa_handler = on_termination;
  ::sigaction(SIGTERM, &action, nullptr);
}

}  // namespace penstock
