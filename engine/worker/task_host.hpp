// One stage in a worker: the plugin's instance, the host it talks to, and the forms in which its
// items arrive. Runs the calls that the engine sends. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "ipc/order.hpp"
#include "plugin/instance.hpp"
#include "plugin/library.hpp"
#include "worker/connection.hpp"
#include "worker/host.hpp"
#include "worker/input_adapter.hpp"

namespace penstock {

class TaskHost {
 public:
  // `task` lives as long as its library, which outlives this.
  TaskHost(Connection& connection, ipc::StageOrder order, const penstock_task& task);

  // Creates and opens the instance, from the mark that the order names.
  ipc::Ending open(std::uint64_t call);
  // What a failed run leaves is not to be used again before the stage is opened anew.
  bool usable() const { return usable_; }

  ipc::Ending run(const ipc::Descriptor& descriptor);
  ipc::Ending produce(std::uint64_t call, std::uint64_t want);
  ipc::Ending finish(std::uint64_t call);
  ipc::Ending snapshot(std::uint64_t call);
  ipc::Ending commit(std::uint64_t call, std::uint64_t epoch, std::uint32_t flags);
  ipc::Ending close(std::uint64_t call);
  // Closes an instance that was not closed by a call; what it says then reaches nobody but stderr.
  void leave();

  Host& host() { return host_; }

 private:
  ipc::Ending end(CallResult result);
  Result<void> prepare();
  bool mark();  // takes a snapshot

  Connection& connection_;
  ipc::StageOrder order_;
  const penstock_task& task_;
  Host host_;
  std::vector<InputAdapter> adapters_;
  std::optional<Instance> instance_;
  const bool marks_;  // it goes on from snapshots or commits
  bool usable_ = false;
  bool ended_ = false;  // a source that has no more
};

}  // namespace penstock
