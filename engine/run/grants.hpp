// Shared memory for workers that ask for it, as far as the budget allows. Belongs to the loop.
#pragma once

#include <cstdint>

#include "run/dispatcher.hpp"
#include "run/run_state.hpp"

namespace penstock {

class Grants {
 public:
  Grants(RunState& state, Dispatcher& dispatcher) : state_(state), dispatcher_(dispatcher) {}

  // Grants memory to those who wait for it, as far as the budget allows. True: somebody got some.
  bool grant();

  // Nothing has moved in this turn. If nothing will, but for a lack of memory, the first who waits
  // goes over the budget, or is refused where its call alone is too much. True: it has its answer.
  bool relieve();

 private:
  bool give(Worker& worker, std::uint64_t bytes);
  bool something_will_move() const;

  RunState& state_;
  Dispatcher& dispatcher_;
};

}  // namespace penstock
