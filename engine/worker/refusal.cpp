#include "worker/refusal.hpp"

#include <ucontext.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <utility>

namespace penstock {
namespace {

constexpr int kNone = -1;
constexpr int kBySeccomp = 1;  // SYS_SECCOMP, which not every libc has

std::atomic<int> noted{kNone};
static_assert(std::atomic<int>::is_always_lock_free, "the handler writes it");

struct sigaction otherwise {};  // what the signal does where no filter has sent it

struct Known {
  ipc::SandboxOrder sandbox;
  std::vector<RefusedCall> calls;
};
std::optional<Known> known;

void make_fail(void* context) {
  auto& machine = static_cast<ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  machine.gregs[REG_RAX] = -EACCES;
#elif defined(__aarch64__)
  machine.regs[0] = static_cast<unsigned long long>(-EACCES);
#endif
}

void on_refusal(int signal, siginfo_t* info, void* context) {
  if (info->si_code == kBySeccomp) {
    noted.store(info->si_syscall, std::memory_order_relaxed);
    make_fail(context);
    return;
  }
  ::signal(signal, SIG_DFL);
  if ((otherwise.sa_flags & SA_SIGINFO) != 0) {
    otherwise.sa_sigaction(signal, info, context);
  } else {
    ::raise(signal);
  }
}

std::string files_word(const ipc::SandboxOrder& sandbox) {
  if (sandbox.files == ipc::SandboxOrder::Files::read_only) return "`filesystem: read-only`";
  std::string list;
  for (const std::string& path : sandbox.paths) list += (list.empty() ? "" : ", ") + path;
  return "`filesystem: [" + list + "]`";
}

const std::string kSubject = "the sandbox of this pool ";

std::string about(const RefusedCall& call, const ipc::SandboxOrder& sandbox) {
  const std::string refused = ": " + call.name + "() was refused";
  switch (call.fence) {
    case Fence::network:
      return kSubject + "has `network: off`" + refused;
    case Fence::files:
      return kSubject + "has " + files_word(sandbox) + refused;
    case Fence::others:
      break;
  }
  return kSubject + "keeps tasks from other processes" + refused;
}

// Of a call that nobody has noted: one of a program that the task has started, or of a kind that
// the kernel refuses silently.
std::string about_all(const ipc::SandboxOrder& sandbox) {
  std::string words = sandbox.network ? "" : "`network: off`";
  if (sandbox.files != ipc::SandboxOrder::Files::all) {
    words += (words.empty() ? "" : " and ") + files_word(sandbox);
  }
  return kSubject + (words.empty() ? "keeps tasks from other processes" : "has " + words);
}

bool sounds_refused(const std::string& text) {
  const int errors[] = {EACCES, EPERM, EROFS};
  return std::any_of(std::begin(errors), std::end(errors), [&](int error) {
    return text.find(std::strerror(error)) != std::string::npos;
  });
}

}  // namespace

void note_refusals(const ipc::SandboxOrder& sandbox, std::vector<RefusedCall> calls) {
  known = Known{sandbox, std::move(calls)};
  struct sigaction action {};
  action.sa_sigaction = on_refusal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  ::sigaction(SIGSYS, &action, &otherwise);
}

void forget_refusal() {
  noted.store(kNone, std::memory_order_relaxed);
}

std::string with_refusal(std::string text) {
  if (!known) return text;
  const int number = noted.load(std::memory_order_relaxed);
  const auto call = std::find_if(known->calls.begin(), known->calls.end(),
                                 [&](const RefusedCall& one) { return one.number == number; });
  if (call != known->calls.end()) return text + '\n' + about(*call, known->sandbox);
  return sounds_refused(text) ? text + '\n' + about_all(known->sandbox) : text;
}

}  // namespace penstock
