// How something ended, as records that pass along an edge: what callbacks take, and what the output
// `failed` of every stage gives. Plain values; texts, and the Datum, are views into the item and
// live as long as the call.
//
//   plugin.sink("notify", "says when a run is over", [](const Completion& done) { ... });
#pragma once

#include <penstock/record.hpp>

namespace penstock PENSTOCK_HIDDEN {

struct PENSTOCK_TYPE Completion {
  std::string_view kind;  // item_done, item_failed, stage_done, run_done
  std::string_view
      stage;              // of an item that is done its source, of a dead one where it was given up
  std::string_view item;  // its id; empty for stages and runs
  std::int64_t attempt = 0;  // the last one, from 1; 0 for stages and runs
  // Of items: done, skipped, handled (its `failed` record was taken) or dead; else done, or of a
  // run that ended early stopped.
  std::string_view outcome;
  std::string_view cause;  // why it was given up, or why the run stopped; else empty
  double seconds = 0;      // since the item, the stage or the run began
  Datum value;             // item_failed: the payload; stages and runs: their account; else null
};
PENSTOCK_FIELDS(Completion, kind, stage, item, attempt, outcome, cause, seconds, value)

struct PENSTOCK_TYPE FailedAttempt {
  std::string_view cause;
  std::int64_t signal = 0;  // that ended the process; 0: none
  std::int64_t exit = 0;    // status with which the process ended
  std::string_view message;
  std::vector<std::string_view> stack;
  std::string_view stderr_;  // the last lines
  std::string_view worker;
  double seconds = 0;
};
PENSTOCK_FIELDS(FailedAttempt, cause, signal, exit, message, stack, stderr_, worker, seconds)

// An item that was given up.
struct PENSTOCK_TYPE FailedItem {
  std::string_view item;   // its id
  std::string_view stage;  // where it was given up
  std::string_view task;
  std::string_view cause;  // of the last attempt
  std::vector<FailedAttempt> attempts;
  Datum payload;
};
PENSTOCK_FIELDS(FailedItem, item, stage, task, cause, attempts, payload)

}  // namespace penstock
