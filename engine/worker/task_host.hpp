// One stage in a worker: the plugin's instance, the host it talks to, and the forms in which its
// items arrive. Runs the calls that the engine sends. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
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
  // A fresh worker can take its place at any time: a transform of a pipeline.
  bool replaceable() const { return task_.kind == PENSTOCK_TRANSFORM && !called_; }

  // One descriptor an item. `damaged`: the first whose payload is not what its maker said.
  ipc::Ending run(std::span<const ipc::Descriptor> items, std::size_t& damaged);
  ipc::Ending produce(std::uint64_t call, std::uint64_t want);
  ipc::Ending finish(std::uint64_t call);
  ipc::Ending snapshot(std::uint64_t call);
  ipc::Ending commit(std::uint64_t call, std::uint64_t epoch, std::uint32_t flags);
  ipc::Ending close(std::uint64_t call);
  // Closes an instance that was not closed by a call; what it says then reaches nobody but stderr.
  void leave();

  Host& host() { return host_; }

 private:
  // An edge on which items come.
  struct Arrival {
    InputAdapter adapter;
    std::uint32_t input;
    bool keyed;
    bool several;  // each a parcel of values, of which each is run
  };

  // `atomic`: a failure for good has left the instance as it was.
  ipc::Ending end(CallResult result, bool atomic = false);
  ipc::Ending refuse(std::uint32_t failure, std::string_view why);
  Result<void> take(const ipc::Descriptor& descriptor, std::size_t index);
  ipc::Ending run_each(const Arrival& arrival, std::uint64_t call, std::string_view parcel);
  CallResult run_first();
  Result<void> prepare();
  bool mark();  // takes a snapshot

  Connection& connection_;
  ipc::StageOrder order_;
  const penstock_task& task_;
  Host host_;
  std::vector<Arrival> arrivals_;
  std::optional<Instance> instance_;
  // Of the call in hand.
  std::vector<penstock_bytes> arrived_;   // payloads as they came
  std::vector<penstock_bytes> passable_;  // those that parts may be passed on of
  std::vector<penstock_item> items_;
  std::deque<std::string> converted_;
  std::string collected_;  // what one of several values became
  std::string given_;      // the parcel of what all of them did
  const bool marks_;       // it goes on from snapshots or commits
  const bool called_;      // by a program, which hears how each call ends
  bool usable_ = false;
  bool ended_ = false;  // a source that has no more
};

}  // namespace penstock
