// What a worker still says when it crashes: a signal handler on a stack of its own writes signal,
// address and the raw return addresses into the worker's segment, where the engine finds them. It
// takes no lock and allocates nothing. Names and lines are looked up afterwards, elsewhere.
#pragma once

#include "ipc/segment.hpp"

namespace penstock {

// Once, before any plugin is loaded. `home` stays mapped for good.
void install_crash_handler(ipc::WorkerHome& home);

// After each load: the executable mappings, so that addresses can be told apart later.
void note_modules(ipc::WorkerHome& home);

// SIGTERM ends the process, unless the task has shown that it looks whether it is cancelled.
void install_termination_handler();

}  // namespace penstock
