// Tells callbacks how items, stages and the run have ended. Each entry of `callbacks` is a stage of
// the plan that no other feeds: its completions wait in its queue, a worker of its own is started
// when the first one comes, and it is called for each once, in order. The work does not wait for
// them, but where 10,000 wait (and the file does not say to drop what is too much), sources do. A
// callback that fails is counted and told; it changes neither the account nor the status. Belongs
// to the loop.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "run/records.hpp"
#include "run/run_state.hpp"

namespace penstock {

class Callbacks {
 public:
  explicit Callbacks(RunState& state);

  bool wants(Event event, StageIndex stage) const;
  void tell(const Completed& completed, StageIndex stage);
  // Something ended that concerns every stage.
  void tell(const Completed& completed) { tell(completed, kNoStage); }

  // A source item has ended well.
  void tell_done(const Item& item);

  // A call of this callback has ended well, or has failed.
  void called(const StageState& stage);
  void failed(StageState& stage, const std::string& cause);
  // Its worker died before it could call.
  void died_before_work(StageState& stage, const std::string& how);
  // It cannot be called at all: what waits for it, and what is still to come, has failed.
  void give_up(StageState& stage, const std::string& why);

  // What would bring more completions has to wait.
  bool hold_up();

  // Nothing more will be told, but what waits is still called.
  void close();
  bool all_called() const;

  std::vector<CallbackReport> report() const;

 private:
  struct Callback {
    StageIndex stage = 0;
    std::vector<bool> of;  // which stages' events it gets
    std::uint64_t failures = 0;
    unsigned deaths = 0;  // in a row, before the first call
    std::uint64_t dropped = 0;
    std::uint64_t not_called = 0;  // since it is given up
    std::uint64_t held_up_ns = 0;
    std::string last_failure;
    bool given_up = false;
  };

  void enqueue(Callback& callback, const Completed& completed);
  Callback& of(const StageState& stage);
  bool full(const Callback& callback) const;
  std::uint64_t waiting(const Callback& callback) const;

  RunState& state_;
  std::vector<Callback> callbacks_;
  std::uint64_t held_since_ = 0;  // ns; 0: sources need not wait
};

}  // namespace penstock
