// Waiting for several calls at once, of one pool or of several: they all stand on one runtime.

#include <algorithm>

#include "api/pool_call.hpp"
#include "penstock/async_result.hpp"

namespace penstock::calls {

bool wait_any(std::span<const CallRef> pending, WaitFor what, Time until) {
  const auto ready = [](const CallRef& call) { return call->ready(); };
  const auto failed = [](const CallRef& call) { return call->ready() && call->error() != nullptr; };
  const auto enough = [&] {
    if (std::ranges::all_of(pending, ready)) return true;
    if (what == WaitFor::first) return std::ranges::any_of(pending, ready);
    return what == WaitFor::first_error && std::ranges::any_of(pending, failed);
  };
  return enough() || Runtime::get()->wait(enough, loop_time(until));
}

}  // namespace penstock::calls
