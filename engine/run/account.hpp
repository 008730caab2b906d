// The state of a run as the report that users see: instances of a stage are one line, callbacks
// stand apart. Belongs to the loop.
#pragma once

#include "penstock/observer.hpp"
#include "run/callbacks.hpp"
#include "run/run_state.hpp"

namespace penstock {

// Everything but where the dead letters are.
Report report_of(const RunState& state, const Callbacks& callbacks);

// One stage with all its instances; `first` is the first of them.
StageReport report_of(const RunState& state, const StageState& first);

}  // namespace penstock
