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

// The registers at the crash, of which the unwinder takes its start.
struct Registers {
#if defined(__x86_64__)
  explicit Registers(void* context)
      : general(static_cast<ucontext_t*>(context)->uc_mcontext.gregs) {}
  std::uint64_t program_counter() const {
    return static_cast<std::uint64_t>(general[REG_RIP]);
  }
  void leave_function() {
    auto* const stack = reinterpret_cast<greg_t*>(general[REG_RSP]);
    general[REG_RIP] = *stack;
    general[REG_RSP] += sizeof *stack;
  }
  greg_t* general;
#elif defined(__aarch64__)
  explicit Registers(void* context) : machine(static_cast<ucontext_t*>(context)->uc_mcontext) {}
  std::uint64_t program_counter() const {
    return machine.pc;
  }
  void leave_function() {
    machine.pc = machine.regs[30];
  }
  mcontext_t& machine;
#endif
};

// Of what stands on the stack, the frames of the handler come first: the crash begins at `begin`.
// Where the unwinder could not cross the signal frame, what it has is of no use.
void note_callers(ipc::CrashRecord& record, std::uint64_t begin) {
  void* frames[ipc::kMaxFrames + 16];
  const int count = ::backtrace(frames, static_cast<int>(std::size(frames)));
  int next = 0;
  while (next < count && reinterpret_cast<std::uint64_t>(frames[next]) != begin) ++next;
  if (record.frames[0] == begin) ++next;
  std::uint32_t kept = 1;
  for (; next < count && kept < ipc::kMaxFrames; ++next) {
    record.frames[kept++] = reinterpret_cast<std::uint64_t>(frames[next]);
  }
  record.frame_count = kept;
}

void on_crash(int signal, siginfo_t* info, void* context) {
  ipc::CrashRecord& record = crash_home->crash;
  if (record.signal.load() == 0) {
    Registers registers(context);
    record.frames[0] = registers.program_counter();
    record.frame_count = 1;
    record.code = info->si_code;
    record.address = reinterpret_cast<std::uint64_t>(info->si_addr);
    // From here on it is a report: on a damaged stack the rest may not come to its end.
    record.signal.store(static_cast<std::uint32_t>(signal), std::memory_order_release);
    // A call of what is no code: the unwinder knows the way only from where it came from.
    if (signal == SIGSEGV && record.address == record.frames[0]) registers.leave_function();
    note_callers(record, registers.program_counter());
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
  // Lines "start-end perms offset device inode path". The first mapping of a file is where it
  // begins.
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
