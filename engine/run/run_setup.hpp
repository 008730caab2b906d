// What a run is told besides its plan: set before it begins, and kept as it is. The functions are
// called from the loop; whatever is empty is not asked.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "penstock/observer.hpp"
#include "pool/fleet.hpp"
#include "run/caller.hpp"
#include "run/cause.hpp"
#include "run/item.hpp"
#include "state/dead_letter.hpp"

namespace penstock {

struct RunSetup {
  std::uint64_t limit = 0;      // items of each source to take at most; 0: all
  bool handle_signals = false;  // SIGINT and SIGTERM end it
  std::string id;               // of the run; empty: it gets one
  bool forced = false;          // goes on even where what its sources read has changed
  bool only_opens = false;      // everything, once, and takes nothing
  Observer* observer = nullptr;
  // Of runs that processes share objects in.
  CarriedObjects shared;                     // that every worker gets
  std::function<std::uint32_t()> new_party;  // a number for the next worker
  std::function<void(const Worker&, const WorkerEnd&)> worker_ended;
  std::function<void(const Attempt& attempt)> attempt_failed;  // of a run under test
  std::function<void(DeadLetter letter)> keep_letter;  // where no journal does; again, where more
                                                       // is known
  std::function<std::string(const Item& item)> id_of_root;  // of a source item; empty: its number
  // Of runs that add to what sinks hold of a run before. One that answers a later epoch than it was
  // given has it from an execution that was killed, and is believed. `before_finish` is called
  // once: every sink has committed all that it was given, and none is finished; fails where it may
  // not be.
  bool adds = false;
  std::function<Result<void>()> before_finish;
  // Of runs of calls.
  Caller* caller = nullptr;                           // outlives the run
  std::function<void(const std::string& why)> broke;  // it has to end early
  std::vector<std::string> program;                   // what a worker is; empty: penstock-worker
};

}  // namespace penstock
