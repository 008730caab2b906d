// Which files a process can open, and that it cannot reach into others that are not its own: a
// Landlock domain, which is handed on to all that the process starts and cannot be left. Nothing is
// taken away from what is open already. Called while there is one thread.
#pragma once

#include "base/result.hpp"
#include "ipc/order.hpp"

namespace penstock {

struct FileFence {
  bool truncation = true;  // covered as well: from Linux 6.2 on
};

// Needs PR_SET_NO_NEW_PRIVS. Fails where the kernel has no Landlock, or a listed path is not there;
// then nothing has changed.
Result<FileFence> raise_file_fence(const ipc::SandboxOrder& sandbox);

}  // namespace penstock
