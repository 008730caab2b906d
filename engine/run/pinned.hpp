// Stages that have a worker of their own: sources, stateful tasks, sinks. Opens them, gives
// stateful tasks and sinks their items in order, takes snapshots and commits epochs, and, when a
// worker dies or a task throws, opens the stage again from its last mark and replays what came
// after it, in the same order. Belongs to the loop.
//
// A mark covers all items whose calls were sent before it: a worker answers in order, so when the
// mark is answered these items are done, and what they made may leave.
#pragma once

#include <functional>

#include "run/callbacks.hpp"
#include "run/checkpoints.hpp"
#include "run/delivery.hpp"
#include "run/failures.hpp"
#include "run/feeder.hpp"
#include "run/intake.hpp"
#include "run/run_state.hpp"

namespace penstock {

// A sink that the engine itself is.
class EngineSink {
 public:
  virtual ~EngineSink() = default;
  virtual bool holds_back() const = 0;  // something that its output has not taken yet
  virtual bool ready() = 0;             // takes more without having to wait for somebody
  // Takes one item's bytes; `number` is that of its source item. Fails with Status::lack.
  virtual Result<void> take(std::uint64_t number, std::string bytes) = 0;
  virtual Result<void> flush() = 0;   // there is time to
  virtual Result<bool> finish() = 0;  // true: all is out; false: to be called again
};

class Pinned {
 public:
  Pinned(RunState& state, Feeder& feeder, Delivery& delivery, Callbacks& callbacks,
         Failures& failures, Intake& intake, StandardInput& input, Checkpoints& checkpoints)
      : state_(state),
        feeder_(feeder),
        delivery_(delivery),
        callbacks_(callbacks),
        failures_(failures),
        intake_(intake),
        input_(input),
        checkpoints_(checkpoints) {}

  void attach(StageIndex stage, EngineSink& sink);

  // Starts workers where one is missing, sends what can be sent. True: something moved.
  bool turn();

  // The worker of the stage is ready for orders.
  void open(StageState& stage, Worker& worker);

  // A call of a pinned stage has ended; `text` is why it failed. Fails if the worker lied.
  Result<void> ended(StageState& stage, Worker& worker, const Call& call, ipc::Ending ending,
                     penstock_failure failure, const std::string& text);

  // The worker is dead, with these calls unanswered. `charged`: the item in hand, and why.
  void died(StageState& stage, Worker& worker, std::shared_ptr<Cause> charged);

  // The run is ending: marks are taken, but nothing new is begun.
  bool settled(const StageState& stage) const;

  std::uint64_t next_due() const;

 private:
  void opened(StageState& stage, Worker& worker, ipc::Ending ending, penstock_failure failure,
              const std::string& text);
  Result<void> ran(StageState& stage, Worker& worker, const Call& call, ipc::Ending ending,
                   penstock_failure failure, const std::string& text);
  void closed(StageState& stage, Worker& worker, const std::string& failure);
  Result<void> produced(StageState& stage, Worker& worker, const Call& call, bool end);
  Result<void> marked(StageState& stage, Worker& worker, std::uint64_t number);
  Result<void> finished(StageState& stage, Worker& worker);
  void release_made(StageState& stage, std::vector<Output>& made, std::uint32_t snapshot);
  Result<void> hand_to_journal(StageState& stage, const Worker& worker, const Payload& mark,
                               std::uint32_t snapshot, bool finished);
  void give_up_again(StageState& stage);
  void end_retained(StageState& stage);
  bool let_leave(StageState& stage);
  void all_left(StageState& stage);

  bool start(StageState& stage);
  bool serve(StageState& stage);
  bool serve_first_in_order();
  bool may_call(const StageState& stage, bool first_in_order = false) const;
  bool has_room(const StageState& stage, bool first_in_order) const;
  bool take_in_engine(StageState& stage, EngineSink& sink);
  std::uint64_t mark_every(const StageState& stage) const;
  bool mark_is_due(const StageState& stage) const;
  bool is_drained(const StageState& stage) const;
  bool all_marked(const StageState& stage) const;
  bool may_finish(const StageState& stage);
  bool waits_for_sinks(const StageState& stage) const;
  void ask_for_mark(StageState& stage, bool last);
  void simple_call(StageState& stage, ipc::Kind kind);
  Result<Payload> take_mark(Worker& worker);
  void set_mark(StageState& stage, const Worker& worker, const Payload& payload,
                std::uint64_t number);
  bool keeps(const StageState& stage) const;  // items until the next mark
  // Its marks are told to the journal; some epochs even before they are committed.
  bool journals(const StageState& stage) const;
  bool announces(const StageState& stage) const;
  bool closes_epoch(const StageState& stage) const;

  // Back to the last mark: what came after it is to be done again, in order, without `except`.
  void go_back(StageState& stage, Worker& worker, ItemIndex except);
  // A call of items did not end well: which of them is given up, if it had just one.
  ItemIndex judge(StageState& stage, const Call& call, std::shared_ptr<Cause> cause,
                  penstock_failure failure);
  // The run cannot go on for what happened here; without a callback it can.
  void end_early(StageState& stage, Status why, const std::string& text);
  void stumble(StageState& stage, const std::string& what, penstock_failure failure);

  RunState& state_;
  Feeder& feeder_;
  Delivery& delivery_;
  Callbacks& callbacks_;
  Failures& failures_;
  Intake& intake_;
  StandardInput& input_;
  Checkpoints& checkpoints_;
  std::map<StageIndex, EngineSink*> engine_sinks_;
  bool told_all_ = false;  // before_finish() was called
};

}  // namespace penstock
