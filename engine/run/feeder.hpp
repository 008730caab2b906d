// Gives a worker the next items of a stage as one call: as many as the task takes at once, when
// enough have come or the first has waited long enough, and no faster than the stage's rate.
// Belongs to the loop.
#pragma once

#include <cstddef>
#include <cstdint>

#include "run/run_state.hpp"

namespace penstock {

class Feeder {
 public:
  explicit Feeder(RunState& state) : state_(state) {}

  // How many items the next call of the stage has; 0: it is not time for one.
  std::size_t ready(StageState& stage);

  // Gives so many items, those at the head of the queue, to the worker. False: the run ends for a
  // lack.
  bool send(StageState& stage, Worker& worker, std::size_t count);

  // When a stage that could not be served for its rate, or waits for more items, is to be looked at
  // again (0: none).
  std::uint64_t next_due() const;

 private:
  Rate& rate_of(const StageState& stage) const;
  bool waits_for_more(const StageState& stage) const;

  RunState& state_;
};

}  // namespace penstock
