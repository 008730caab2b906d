// What keeps a worker from files, from the network and from other processes: Landlock and seccomp,
// as far as its pool's `sandbox` says. It is put up once, before any plugin is loaded and while
// there is one thread, holds for all that the process starts, and cannot be taken down. Open
// descriptors stay what they are. This is the only part of a worker that needs libseccomp: a
// program that is its own worker does without.
#pragma once

#include "base/result.hpp"
#include "ipc/order.hpp"

namespace penstock {

// Fails, with a text for the pipeline's author, where it cannot be done in full: nothing is to be
// loaded then.
Result<void> raise_sandbox(const ipc::SandboxOrder& sandbox);

}  // namespace penstock
