#include "worker/serve.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "sync/object.hpp"
#include "worker/call_loop.hpp"
#include "worker/connection.hpp"
#include "worker/crash.hpp"

namespace penstock {
namespace {

// The objects of calls are asked for by tasks, wherever they decode a value.
Connection* objects_come_by = nullptr;

Result<void> protect(const Connection& connection, RaiseSandbox raise) {
  if (!connection.sandbox()) return {};
  if (raise != nullptr) return raise(*connection.sandbox());
  return Error(Status::refused, "a program that is its own worker cannot have a sandbox");
}

}  // namespace

void serve_as_worker(const penstock_plugin_info* own, RaiseSandbox raise_sandbox) {
  auto connection = Connection::open();
  if (!connection) {
    std::fprintf(stderr,
                 "penstock-worker: %s\nIt is started by penstock itself; see `penstock --help`.\n",
                 connection.error().what());
    std::fflush(nullptr);
    ::_exit(2);
  }
  install_crash_handler((*connection)->home());
  install_termination_handler();
  ::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error, and not a task's death
  note_modules((*connection)->home());
  objects_come_by = connection->get();
  sync::Received::on_missing([](std::uint64_t id) { objects_come_by->await_object(id); });
  CallLoop(**connection, own, protect(**connection, raise_sandbox)).run();
  // Neither destructors of plugins nor exit handlers: whatever they do, the work is done.
  std::fflush(nullptr);
  ::_exit(0);
}

}  // namespace penstock
