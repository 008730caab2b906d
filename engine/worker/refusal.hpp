// What a task is told that has run into the sandbox of its pool. The kernel refuses a call either
// silently, with an errno, or with a signal, whose handler makes the call fail in the same way and
// notes its number; the failure of the task's call then names it. Set up once, before any plugin is
// loaded; the note can be taken on any thread.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "ipc/order.hpp"

namespace penstock {

// Which part of a sandbox a call goes against.
enum class Fence { network, files, others };

struct RefusedCall {
  int number;  // of the system call
  std::string name;
  Fence fence;
};

// From here on a signal for one of the calls is a note, and the call fails with EACCES.
void note_refusals(const ipc::SandboxOrder& sandbox, std::vector<RefusedCall> calls);

// Before each call of a task.
void forget_refusal();

// Why a task has failed, with a line about the sandbox if that may be the reason: since a call was
// noted, or because the text sounds like it. Without a sandbox, the text as it is.
std::string with_refusal(std::string text);

// Puts up the sandbox that a worker is ordered to have; fails where that cannot be done in full.
using RaiseSandbox = Result<void> (*)(const ipc::SandboxOrder& sandbox);

}  // namespace penstock
