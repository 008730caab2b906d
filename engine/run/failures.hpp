// What becomes of an item whose attempt did not succeed: another attempt after a pause, or given up
// as a dead letter, as skipped, or by ending the run. Belongs to the loop.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "penstock/plugin.h"
#include "run/callbacks.hpp"
#include "run/checkpoints.hpp"
#include "run/delivery.hpp"
#include "run/repeats.hpp"
#include "run/run_state.hpp"

namespace penstock {

class Failures {
 public:
  Failures(RunState& state, Delivery& delivery, Callbacks& callbacks, Checkpoints& checkpoints)
      : state_(state), delivery_(delivery), callbacks_(callbacks), checkpoints_(checkpoints) {}

  enum class Verdict {
    again,     // after `pause_ns`; the caller keeps the item
    given_up,  // the item has ended
    stopped,   // the run ends; the caller keeps the item, which stays pending
  };
  struct Judgement {
    Verdict verdict;
    std::uint64_t pause_ns = 0;
  };

  // An attempt at the item has ended badly. `failure` is what the task said of it.
  Judgement judge(ItemIndex item, std::shared_ptr<Cause> cause,
                  penstock_failure failure = PENSTOCK_FAIL_ERROR);

  // For transforms, whose calls need no order: judges, and lets the item wait.
  void handle(ItemIndex item, std::shared_ptr<Cause> cause,
              penstock_failure failure = PENSTOCK_FAIL_ERROR);
  // The same for all that the call was given.
  void handle(const Call& call, std::shared_ptr<Cause> cause,
              penstock_failure failure = PENSTOCK_FAIL_ERROR);

  // A call of several items has ended badly: nobody knows for which of them. They will be run one
  // by one, and only those runs are charged. False: it had just one.
  bool break_up(const Call& call, const Cause& cause);

  // A call that waits for another attempt is not wanted any more. False: none such waits.
  bool cancel(std::uint64_t number);

  // Puts items whose pause is over back into their queues; when the next one is due (0: none).
  void wake_due();
  std::uint64_t next_due() const { return waiting_.empty() ? 0 : waiting_.front().due; }
  bool nothing_waits() const { return waiting_.empty(); }

  // Writes the letters whose stacks have been looked up; those behind wait their turn.
  void write_letters();
  // The run ends: letters are written with the stacks that they have.
  void write_rest();
  bool letters_wait() const { return !unwritten_.empty(); }

 private:
  struct Waiting {
    std::uint64_t due;
    ItemIndex item;
    bool operator<(const Waiting& other) const { return due > other.due; }  // earliest on top
  };
  struct Unwritten {
    DeadLetter letter;
    std::vector<std::shared_ptr<Cause>> causes;
    StageIndex stage = kNoStage;
    ItemIndex handled = kNoItem;  // the item, if its record goes to a stage that reads `failed`
    std::string value;            // the payload as any value, where somebody is told of it
    bool noted = false;           // in the journal, with all that will be known
    std::optional<std::uint64_t> call;  // its number, if its caller is to hear of it
  };

  void say(Level level, const Cause& why, const StagePlan& stage, const std::string& what,
           const std::string& verdict);
  Judgement decide(ItemIndex item, const Cause& why, penstock_failure failure);
  void give_up(ItemIndex item, const Cause& cause);
  void end_called(ItemIndex item);
  void post_call(ItemIndex item);
  void post(ItemIndex item, bool handled);
  void note_payload(Unwritten& unwritten, const Item& item);
  void write(Unwritten& next);
  static void note_attempts(Unwritten& unwritten);
  void hand_over(Unwritten& next);
  void tell(const Unwritten& next);
  std::uint64_t pause_before(const RetryPolicy& policy, unsigned attempt);

  RunState& state_;
  Delivery& delivery_;
  Callbacks& callbacks_;
  Checkpoints& checkpoints_;
  Repeats repeats_;
  std::vector<Waiting> waiting_;  // a heap
  std::deque<Unwritten> unwritten_;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace penstock
