// Which system calls a process can make: a seccomp filter, which is handed on to all that the
// process starts and cannot be taken off. A refused call fails with EACCES. Called while there is
// one thread.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "ipc/order.hpp"
#include "worker/file_fence.hpp"
#include "worker/refusal.hpp"

namespace penstock {

// Needs PR_SET_NO_NEW_PRIVS. The calls that it refuses, always or with some arguments. What this
// process calls through its libc comes as SIGSYS, which note_refusals() is to be ready for before a
// plugin is loaded; a program that a task has started knows of no handler, and its calls just fail.
// Fails where the kernel has no seccomp; then nothing has changed.
Result<std::vector<RefusedCall>> raise_call_filter(const ipc::SandboxOrder& sandbox,
                                                   const FileFence& fence);

}  // namespace penstock
