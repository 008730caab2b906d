// What becomes of an item whose attempt did not succeed: another attempt after a pause, or given up
// as a dead letter, as skipped, or by ending the run. Belongs to the loop.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <vector>

#include "penstock/plugin.h"
#include "run/run_state.hpp"
#include "state/dead_letters.hpp"

namespace penstock {

class Failures {
 public:
  Failures(RunState& state, DeadLetters& letters) : state_(state), letters_(letters) {}

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

  // For transforms, whose items need no order: judges, and lets the item wait.
  void handle(ItemIndex item, std::shared_ptr<Cause> cause,
              penstock_failure failure = PENSTOCK_FAIL_ERROR);

  // Puts items whose pause is over back into their queues; when the next one is due (0: none).
  void wake_due();
  std::uint64_t next_due() const { return waiting_.empty() ? 0 : waiting_.front().due; }
  bool nothing_waits() const { return waiting_.empty(); }

  // Writes the letters whose stacks have been looked up; those behind wait their turn.
  void write_letters();
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
  };

  void give_up(ItemIndex item, const Cause& cause);
  void post_letter(ItemIndex item);
  std::uint64_t pause_before(const RetryPolicy& policy, unsigned attempt);

  RunState& state_;
  DeadLetters& letters_;
  std::vector<Waiting> waiting_;  // a heap
  std::deque<Unwritten> unwritten_;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace penstock
