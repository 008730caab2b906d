// One execution of a plan, and the owner of all its state. execute() turns it to its end on the
// calling thread and returns when no worker of it is left. A run of calls has no end of its own: it
// turns in a Loop, beside others, from begin() until whoever calls has had enough.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "catalog/symbolizer.hpp"
#include "penstock/observer.hpp"
#include "plan/plan.hpp"
#include "run/callbacks.hpp"
#include "run/checkpoints.hpp"
#include "run/delivery.hpp"
#include "run/dispatcher.hpp"
#include "run/ending.hpp"
#include "run/failures.hpp"
#include "run/feeder.hpp"
#include "run/grants.hpp"
#include "run/intake.hpp"
#include "run/loop.hpp"
#include "run/observation.hpp"
#include "run/pinned.hpp"
#include "run/receiver.hpp"
#include "run/run_setup.hpp"
#include "run/run_state.hpp"
#include "run/standard_input.hpp"
#include "run/supervisor.hpp"
#include "run/worker_output.hpp"
#include "state/journal.hpp"

namespace penstock {

class Run {
 public:
  // All of these outlive the run. `journal`: null where no state is kept.
  Run(boost::asio::io_context& loop, Keeper& keeper, Symbolizer& symbolizer, const Plan& plan,
      Journal* journal, const RunSetup& setup);

  // Goes on from what a run before has left. Before execute().
  Result<void> resume(JournalContent content) { return checkpoints_.resume(std::move(content)); }
  // Nothing that it has read would be gone, so far.
  bool repeatable() const { return !checkpoints_.unrepeatable(); }

  // Makes the engine itself a source or a sink of the plan. Before execute().
  void attach(StageIndex stage, EngineSource& source);
  void attach(StageIndex stage, EngineSink& sink);
  StandardInput& standard_input() { return input_; }
  ExtentTable& extents() { return state_.extents; }
  // Hears, too, of each source item that has ended.
  void on_root_ended(std::function<void(const Item& item)> listener);

  // Fails only before anything was begun.
  Result<Report> execute();

  // In steps. begin() fails only before anything was begun; turn() is one step, true if something
  // moved; leave() tells all workers to go, after which turn() waits for them until gone().
  Result<void> begin();
  bool turn();
  void leave();
  bool leaving() const { return leaving_; }
  bool gone() const { return state_.fleet->empty(); }

  // For the loop: somebody has a call in hand; somebody has said something; the same in the last
  // look before the loop sleeps; around that sleep; when there is something to do again (ns).
  bool works() const;
  bool heard() const { return !leaving_ && state_.fleet->anything_to_receive(); }
  bool hears_more() { return !leaving_ && receiver_.turn_unpublished(); }
  void fall_asleep() { state_.fleet->set_sleeping(true); }
  void wake_up() { state_.fleet->set_sleeping(false); }
  std::uint64_t next_due() const;

  // Of a run of calls. The plan has got more stages, at its end.
  void extend();
  // Takes over one holder of the payload's block.
  void call(StageIndex stage, std::uint64_t number, const Payload& payload, bool several,
            std::optional<CallTerms> terms);
  // Where the call is not under way, or `running` says to end its worker then, nothing will be told
  // of it any more: true.
  bool cancel(std::uint64_t number, bool running);
  Result<Payload> keep(std::span<const std::byte> bytes);
  Result<void> read(const Payload& payload, std::span<std::byte> into) const;
  Status status() const { return state_.status; }
  RunState& state() { return state_; }

 private:
  void settle();
  bool is_over(const StageState& stage) const;
  void tell_over(const StageState& stage);
  bool all_opened() const;
  bool finished();
  void call_back(Loop& loop);
  void take_note();  // of the progress, now and then
  void shut_down(Loop& loop);
  Report report() const;

  boost::asio::io_context& loop_;
  Keeper& keeper_;
  Observation observation_;
  WorkerOutput output_;
  RunState state_;
  StandardInput input_;
  Callbacks callbacks_;
  Delivery delivery_;
  Checkpoints checkpoints_;
  Failures failures_;
  Feeder feeder_;
  Intake intake_;
  Pinned pinned_;
  Dispatcher dispatcher_;
  Grants grants_;
  Receiver receiver_;
  Supervisor supervisor_;
  Ending ending_;
  bool leaving_ = false;  // all workers were told to go
  std::uint64_t noted_at_ = 0;
  std::uint64_t watched_at_ = 0;
};

}  // namespace penstock
