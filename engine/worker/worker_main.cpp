// penstock-worker: one process of a pool. Started by the keeper alone, with one descriptor, the
// channel to the engine, over which everything else comes.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "worker/call_loop.hpp"
#include "worker/connection.hpp"
#include "worker/crash.hpp"

int main() {
  auto connection = penstock::Connection::open();
  if (!connection) {
    std::fprintf(stderr,
                 "penstock-worker: %s\nIt is started by penstock itself; see `penstock --help`.\n",
                 connection.error().what());
    return 2;
  }
  penstock::install_crash_handler((*connection)->home());
  penstock::install_termination_handler();
  ::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error, and not a task's death
  penstock::note_modules((*connection)->home());
  penstock::CallLoop(**connection).run();
  // Neither destructors of plugins nor exit handlers: whatever they do, the work is done.
  std::fflush(nullptr);
  ::_exit(0);
}
