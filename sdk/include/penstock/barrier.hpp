// A barrier that processes share: each who comes waits until so many have come, then all go on, as
// in Python.
//
//   penstock::Barrier barrier(5);                // or barrier(5, 30s): the longest that one waits
//   const std::uint32_t place = barrier.wait();  // 0 to 4, a different one for each
//
// A barrier is passed to tasks as an argument; copies are handles of the same one. An action that
// is given to wait() is run by the one that comes last, before the others go on, so give it to all.
//
// It breaks, and wait() throws BrokenBarrier in all who wait and who come later, when one of them
// waits for longer than its time-out, when an action throws (the one that ran it gets what it
// threw), when somebody calls abort(), and when a process dies that has a handle of it, whether it
// waits just then or has still to come. reset() makes it whole again, and sends those who wait away
// with BrokenBarrier. A round that was complete is never broken afterwards.
//
// All functions may be called from any thread and process.
#pragma once

#include <penstock/sync_locks.h>
#include <penstock/object.hpp>

#include <exception>

namespace penstock PENSTOCK_HIDDEN {

class PENSTOCK_TYPE BrokenBarrier : public SyncError {
 public:
  using SyncError::SyncError;
};

class PENSTOCK_TYPE Barrier : public sdk::Object {
 public:
  static constexpr penstock_object_kind kind = PENSTOCK_BARRIER;
  static std::string element() { return {}; }

  Barrier() = default;  // none yet; for members that a value is read into
  explicit Barrier(std::uint32_t parties) : Barrier(parties, sdk::forever) {}
  // The time-out is for all who wait without one of their own.
  template <class Rep, class Period>
  Barrier(std::uint32_t parties, std::chrono::duration<Rep, Period> timeout)
      : Barrier(parties, sdk::nanoseconds(timeout)) {}
  explicit Barrier(sdk::Object&& object) : Object(std::move(object)) {}
  // The one that stands under `shared` in the pipeline file.
  static Barrier named(std::string_view name) { return Barrier(sdk::named(name, kind)); }

  std::uint32_t wait() const { return wait_within(PENSTOCK_BARRIER_PATIENCE, no_action); }
  template <class Rep, class Period>
  std::uint32_t wait(std::chrono::duration<Rep, Period> timeout) const {
    return wait_within(sdk::nanoseconds(timeout), no_action);
  }
  template <class Action>
  requires std::invocable<Action&> std::uint32_t wait(Action action)
  const { return wait_within(PENSTOCK_BARRIER_PATIENCE, action); }
  template <class Action, class Rep, class Period>
  requires std::invocable<Action&> std::uint32_t wait(Action action,
                                                      std::chrono::duration<Rep, Period> timeout)
  const { return wait_within(sdk::nanoseconds(timeout), action); }

  void abort() const { sdk::check(functions().barrier_abort(handle())); }
  void reset() const { sdk::check(functions().barrier_reset(handle())); }

  bool broken() const { return functions().barrier_broken(handle()) != 0; }
  std::uint32_t parties() const { return functions().barrier_parties(handle()); }
  std::uint32_t n_waiting() const { return functions().barrier_waiting(handle()); }

 private:
  struct NoAction {
    void operator()() const {}
  };
  static constexpr NoAction no_action{};

  Barrier(std::uint32_t parties, std::int64_t timeout)
      : Object(made([&] { return functions().create_barrier(parties, timeout); })) {}

  template <class Action>
  std::uint32_t wait_within(std::int64_t timeout, Action& action) const {
    struct Call {
      Action& action;
      std::exception_ptr thrown;

      static std::int32_t run(void* data) {
        auto& call = *static_cast<Call*>(data);
        try {
          call.action();
          return 0;
        } catch (...) {
          call.thrown = std::current_exception();
          return 1;
        }
      }
    } call{action, {}};
    std::uint32_t place = 0;
    const auto run = std::same_as<Action, const NoAction> ? nullptr : &Call::run;
    const std::int32_t result = functions().barrier_wait(handle(), timeout, run, &call, &place);
    if (call.thrown) std::rethrow_exception(call.thrown);
    if (result == PENSTOCK_SYNC_CLOSED) throw BrokenBarrier("the barrier is broken");
    sdk::check(result);
    return place;
  }

  static const penstock_lock_functions& functions() { return *sdk::sync().locks; }
};

}  // namespace penstock
