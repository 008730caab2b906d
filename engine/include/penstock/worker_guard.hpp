// The first line of main() in a program that calls tasks of its own (PENSTOCK_PLUGIN in one of its
// files): the processes of its pools are the program itself, started again, and this is where they
// leave main() for good. In the program that a person starts it returns at once.
//
// Without it, calls of own tasks throw; tasks of plugins need none of this. Before it, main() does
// nothing that a worker should not do as well.
#pragma once

#include <penstock/plugin.h>

#pragma weak penstock_plugin  // a program may have no tasks of its own

namespace penstock {

void guard_worker(int argc, char** argv, const penstock_plugin_info* own);

inline void worker_guard(int argc, char** argv) {
  guard_worker(argc, argv, &penstock_plugin);
}

}  // namespace penstock
