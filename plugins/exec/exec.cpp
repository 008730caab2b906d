// The plugin `exec`: programs as tasks.
#include <penstock/plugin.hpp>

#include "exec/run.hpp"

PENSTOCK_PLUGIN("exec", "0.1.0", "runs programs, a process for each item and never a shell") {
  using namespace penstock::exec;
  plugin.transform<Run>("run", "runs a program for each item; what it prints is passed on");
}
