// Stages that have a worker of their own: sources, stateful tasks, sinks. Opens them, gives
// stateful tasks and sinks their items in order, takes snapshots and commits epochs, and, when a
// worker dies or a task throws, opens the stage again from its last mark and replays what came
// after it, in the same order. Belongs to the loop.
//
// A mark covers all items whose calls were sent before it: a worker answers in order, so when the
// mark is answered these items are done, and what they made may leave.
#pragma once

#include <functional>

#include "run/delivery.hpp"
#include "run/failures.hpp"
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
  Pinned(RunState& state, Delivery& delivery, Failures& failures, Intake& intake,
         StandardInput& input)
      : state_(state), delivery_(delivery), failures_(failures), intake_(intake), input_(input) {}

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
  void release_made(StageState& stage);

  bool serve(StageState& stage);
  bool take_in_engine(StageState& stage, EngineSink& sink);
  bool mark_is_due(const StageState& stage) const;
  void ask_for_mark(StageState& stage, bool last);
  void simple_call(StageState& stage, ipc::Kind kind);
  Result<Payload> take_mark(Worker& worker);
  void set_mark(StageState& stage, const Worker& worker, const Payload& payload,
                std::uint64_t number);
  bool keeps(const StageState& stage) const;  // items until the next mark

  // Back to the last mark: what came after it is to be done again, in order, without `except`.
  void go_back(StageState& stage, Worker& worker, ItemIndex except);
  void stumble(StageState& stage, const std::string& what, bool permanent, bool lack);

  RunState& state_;
  Delivery& delivery_;
  Failures& failures_;
  Intake& intake_;
  StandardInput& input_;
  std::map<StageIndex, EngineSink*> engine_sinks_;
};

}  // namespace penstock
