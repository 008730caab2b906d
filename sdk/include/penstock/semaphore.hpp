// Semaphores that processes share: Python's Semaphore and BoundedSemaphore, by the names of
// std::counting_semaphore.
//
//   penstock::Semaphore seats(4);
//   seats.acquire();                             // waits while none is free
//   seats.release();
//
//   if (!seats.try_acquire_for(2s)) give_up();
//
// A semaphore is passed to tasks as an argument; copies are handles of the same one. What a process
// has acquired and not released, its death releases. Any process may release, also one that has
// acquired nothing, as for signals (begin with 0, release() says that something is ready): then it
// stands for the one that acquired, and if there is none, the value grows.
//
// Misuse throws SyncError and changes nothing: to release a BoundedSemaphore beyond the value that
// it began with, or any beyond 2^31 - 1. So does acquire() when 500 other processes hold some of it
// at the same time. All functions may be called from any thread and process.
#pragma once

#include <penstock/sync_locks.h>
#include <penstock/object.hpp>

namespace penstock PENSTOCK_HIDDEN {
namespace sdk {

template <penstock_object_kind Kind>
class PENSTOCK_TYPE BasicSemaphore : public Object {
 public:
  static constexpr penstock_object_kind kind = Kind;
  static std::string element() { return {}; }

  BasicSemaphore() : BasicSemaphore(1) {}
  explicit BasicSemaphore(std::uint32_t value)
      : Object(made([&] { return functions().create_semaphore(value, kBounded); })) {}
  explicit BasicSemaphore(Object&& object) : Object(std::move(object)) {}
  // The one that stands under `shared` in the pipeline file.
  static BasicSemaphore named(std::string_view name) {
    return BasicSemaphore(sdk::named(name, kind));
  }

  void acquire() const { in_time(functions().semaphore_acquire(handle(), forever)); }
  bool try_acquire() const { return in_time(functions().semaphore_acquire(handle(), 0)); }

  // False: not within that time.
  template <class Rep, class Period>
  bool try_acquire_for(std::chrono::duration<Rep, Period> timeout) const {
    return in_time(functions().semaphore_acquire(handle(), nanoseconds(timeout)));
  }
  template <class Clock, class Duration>
  bool try_acquire_until(std::chrono::time_point<Clock, Duration> time) const {
    return try_acquire_for(time - Clock::now());
  }

  void release(std::uint32_t count = 1) const {
    check(functions().semaphore_release(handle(), count));
  }

  // How many are free now; exact, but others may be at it.
  std::uint32_t value() const { return functions().semaphore_value(handle()); }

 private:
  static constexpr std::int32_t kBounded = Kind == PENSTOCK_BOUNDED_SEMAPHORE ? 1 : 0;
  static const penstock_lock_functions& functions() { return *sync().locks; }
};

}  // namespace sdk

using Semaphore = sdk::BasicSemaphore<PENSTOCK_SEMAPHORE>;
using BoundedSemaphore = sdk::BasicSemaphore<PENSTOCK_BOUNDED_SEMAPHORE>;

}  // namespace penstock
