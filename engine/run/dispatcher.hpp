// Gives transforms their items: stages nearest to the sinks first, to the worker with the least to
// do, never more than the next stages have room for. Starts and opens the workers of the pools.
// Belongs to the loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "run/callbacks.hpp"
#include "run/feeder.hpp"
#include "run/run_state.hpp"

namespace penstock {

class Dispatcher {
 public:
  Dispatcher(RunState& state, Feeder& feeder, Callbacks& callbacks);

  // Starts workers that are missing and sends what can be sent. True: something moved.
  bool turn();

  // Takes up stages that were added to the plan since.
  void extend();

  // How many more calls of the program the workers can be given at once.
  std::size_t call_room() const;

  // The worker of a pool is ready for orders.
  void open(Worker& worker);

  // A call of a transform has ended; `text` is why it failed.
  void opened(StageState& stage, Worker& worker, ipc::Ending ending, penstock_failure failure,
              const std::string& text);

  // A worker that runs transforms is gone. `worked`: it had ended a call.
  void died(const Worker& worker);

  // When the next worker may be started (0: none waits).
  std::uint64_t next_due() const;

 private:
  struct PoolState {
    std::vector<StageIndex> stages;  // transforms in it, those nearest to the sinks first
    unsigned workers = 0;            // that are there
    std::uint64_t not_before = 0;    // no new one until then, ns
    unsigned open_failures = 0;      // in a row
  };

  unsigned wanted_workers(std::size_t pool) const;
  void open_stage(Worker& worker, StageIndex stage);
  void open_failed(StageState& stage, Worker& worker, penstock_failure failure,
                   const std::string& text);
  bool start_missing(std::size_t pool);
  bool serve(PoolState& pool, std::size_t index);
  bool serve_first_in_order(std::size_t pool, std::vector<Worker*>& free);
  std::vector<Worker*> free_workers(std::size_t pool) const;
  bool takes_more(const Worker& worker) const;
  bool may_call(const StageState& stage, bool first_in_order) const;
  bool send(StageState& stage, Worker& worker, std::size_t count);

  RunState& state_;
  Feeder& feeder_;
  Callbacks& callbacks_;
  std::vector<PoolState> pools_;
  StageIndex known_ = 0;  // stages that it knows of
};

}  // namespace penstock
