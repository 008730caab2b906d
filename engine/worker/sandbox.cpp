#include "worker/sandbox.hpp"

#include <sys/prctl.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "worker/call_filter.hpp"
#include "worker/file_fence.hpp"
#include "worker/refusal.hpp"

namespace penstock {

Result<void> raise_sandbox(const ipc::SandboxOrder& sandbox) {
  // Else a program with more rights than its user could be started, and be taken in.
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return Error(Status::refused,
                 std::string("new rights cannot be given up: ") + std::strerror(errno));
  }
  const auto fence = raise_file_fence(sandbox);
  if (!fence) return fence.error();
  auto calls = raise_call_filter(sandbox, *fence);
  if (!calls) return calls.error();
  note_refusals(sandbox, std::move(calls.value()));
  return {};
}

}  // namespace penstock
