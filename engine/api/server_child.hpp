// The process of a manager's server, a child of the program's keeper: this program started once
// more, so that the types it has registered are there, or penstock-objects where it has none and
// main() does not begin with worker_guard(). Dropping it waits a while for the end of the process,
// and then kills it. Any thread.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "api/runtime.hpp"
#include "process/child.hpp"
#include "sync/managed/object_client.hpp"
#include "sync/managed/server_process.hpp"

namespace penstock {

class ServerChild {
 public:
  // Waits until the process runs. Throws Error.
  explicit ServerChild(sync::StartingServer& server);
  ~ServerChild();
  ServerChild(const ServerChild&) = delete;
  ServerChild& operator=(const ServerChild&) = delete;

  // Is told how the process ended, if that was not meant.
  void tell(const std::shared_ptr<sync::ObjectClient>& client);

 private:
  void end(const std::string& how);  // on the loop
  void let_go();

  const std::shared_ptr<Runtime> runtime_;
  Child child_;  // the loop's
  std::atomic<bool> started_{false};
  std::atomic<bool> ended_{false};
  std::mutex mutex_;
  std::string how_;  // it ended; empty: it runs
  std::weak_ptr<sync::ObjectClient> client_;
};

}  // namespace penstock
