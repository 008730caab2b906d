// A worker from its first instruction to its last: what penstock-worker is, and what a program
// becomes that has tasks of its own and was started again to run them.
#pragma once

#include <penstock/plugin.h>

#include "worker/refusal.hpp"

namespace penstock {

// Takes the channel to the engine at descriptor 3, serves until it is told to stop, and ends the
// process. `own`: the tasks of the program itself; null: it has none.
// `raise_sandbox`: what puts up the sandbox of a pool that has one; null: this program cannot.
[[noreturn]] void serve_as_worker(const penstock_plugin_info* own,
                                  RaiseSandbox raise_sandbox = nullptr);

}  // namespace penstock
