// Watches the workers: what a death means for the item in hand and for those that waited behind it,
// calls that take too long, workers that are due to be replaced, and deaths that lead nowhere.
// Belongs to the loop.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "catalog/symbolizer.hpp"
#include "run/callbacks.hpp"
#include "run/dispatcher.hpp"
#include "run/failures.hpp"
#include "run/pinned.hpp"
#include "run/receiver.hpp"
#include "run/run_state.hpp"

namespace penstock {

class Supervisor {
 public:
  Supervisor(RunState& state, Receiver& receiver, Dispatcher& dispatcher, Pinned& pinned,
             Callbacks& callbacks, Failures& failures, Symbolizer& symbolizer)
      : state_(state),
        receiver_(receiver),
        dispatcher_(dispatcher),
        pinned_(pinned),
        callbacks_(callbacks),
        failures_(failures),
        symbolizer_(symbolizer) {}

  // The worker's process has ended.
  void ended(Worker& worker, const WorkerEnd& end);

  // Deadlines, recycling, workers that can go. To be called each turn.
  void watch();

  // Ends the call in the worker's hands, and with it the worker: SIGTERM, then SIGKILL.
  void strike(Worker& worker);

  // The machine stood still for so long: no deadline counts that.
  void forgive(std::uint64_t ns);

  // When the next deadline is due (0: none).
  std::uint64_t next_due() const { return next_due_; }

 private:
  void take_back(Worker& worker, const std::shared_ptr<Cause>& cause);
  bool runs_cancelled(const Worker& worker) const;
  void watch_call(Worker& worker);
  void withdraw_behind_slow(Worker& worker);
  void give_elsewhere(Worker& worker, Call& call);
  void watch_memory();
  void tell_long_call(const Worker& worker, std::uint64_t age);
  std::shared_ptr<Cause> cause_of(Worker& worker, const WorkerEnd& end);
  void look_up_stack(Worker& worker, const std::shared_ptr<Cause>& cause);
  void due(std::uint64_t when) {
    if (next_due_ == 0 || when < next_due_) next_due_ = when;
  }

  RunState& state_;
  Receiver& receiver_;
  Dispatcher& dispatcher_;
  Pinned& pinned_;
  Callbacks& callbacks_;
  Failures& failures_;
  Symbolizer& symbolizer_;
  std::uint64_t next_due_ = 0;
  std::uint64_t memory_seen_at_ = 0;
  std::shared_ptr<Supervisor> here_{this, [](Supervisor*) {}};  // owns nothing
};

}  // namespace penstock
