// Takes what workers send: copies each descriptor, checks it against the calls that the engine
// knows to be under way, and hands it to whom it concerns. A worker that says what cannot be is
// ended, and nothing it says is believed any more. Belongs to the loop.
#pragma once

#include <cstdint>
#include <string>

#include "run/delivery.hpp"
#include "run/dispatcher.hpp"
#include "run/grants.hpp"
#include "run/intake.hpp"
#include "run/pinned.hpp"
#include "run/run_state.hpp"

namespace penstock {

class Receiver {
 public:
  Receiver(RunState& state, Delivery& delivery, Callbacks& callbacks, Dispatcher& dispatcher,
           Pinned& pinned, Failures& failures, Intake& intake, Grants& grants)
      : state_(state),
        delivery_(delivery),
        callbacks_(callbacks),
        dispatcher_(dispatcher),
        pinned_(pinned),
        failures_(failures),
        intake_(intake),
        grants_(grants) {}

  // True: something came.
  bool turn();

  // Everything that the worker has written, published or not: when it is dead, or late.
  void drain(Worker& worker);

  // What workers have ended and not published, behind which a longer call runs. True: something
  // came. To be called before the loop sleeps, as it takes the lines away from those who write
  // them.
  bool turn_unpublished();

 private:
  bool receive(Worker& worker);
  void handle(Worker& worker, const ipc::Descriptor& descriptor);
  void about_call(Worker& worker, const ipc::Descriptor& descriptor);
  void complete(Worker& worker, const ipc::Descriptor& descriptor);
  Result<void> transformed(StageState& stage, Worker& worker, const Call& call, ipc::Ending ending,
                           penstock_failure failure, const std::string& text);
  Result<void> called(StageState& stage, Worker& worker, const Call& call,
                      const ipc::Descriptor& done, penstock_failure failure,
                      const std::string& text);
  void note_time(Worker& worker, StageState& stage, const ipc::Descriptor& done,
                 ipc::Ending ending) const;
  std::string blame(const StageState& stage, ItemIndex item);

  RunState& state_;
  Delivery& delivery_;
  Callbacks& callbacks_;
  Dispatcher& dispatcher_;
  Pinned& pinned_;
  Failures& failures_;
  Intake& intake_;
  Grants& grants_;
  // Of the call being completed.
  std::vector<Output> made_;
  std::vector<ItemIndex> members_;
};

}  // namespace penstock
