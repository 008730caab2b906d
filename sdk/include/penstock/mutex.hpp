// Mutexes that processes share: Python's Lock and RLock.
//
//   penstock::Mutex mutex;
//   {
//     std::lock_guard held(mutex);               // also unique_lock and scoped_lock
//     if (mutex.abandoned()) repair_what_it_protects();
//   }
//
// A mutex is passed to tasks as an argument; copies are handles of the same one. One thread of one
// process has it at a time. When that thread or its process dies, however it does, the next one
// gets the mutex at once, and abandoned() tells it that what the mutex protects may be half done.
//
// Differences from Python: who has a Mutex alone can give it back, where a Lock may be released by
// anyone; use a Semaphore or an Event for signals. Misuse throws SyncError and changes nothing: to
// unlock what another thread has, or to wait for a Mutex that this very thread has, which would be
// for ever. A handle that is destroyed while its thread has the mutex gives it back.
//
// All functions may be called from any thread and process. Where nobody else is at it, taking it
// and giving it back costs some 25 ns.
#pragma once

#include <penstock/sync_locks.h>
#include <penstock/object.hpp>

namespace penstock PENSTOCK_HIDDEN {
namespace sdk {

// Lockable and TimedLockable in the sense of the standard library.
template <penstock_object_kind Kind>
class PENSTOCK_TYPE BasicMutex : public Object {
 public:
  static constexpr penstock_object_kind kind = Kind;
  static std::string element() { return {}; }

  BasicMutex() : Object(made([] { return functions().create_mutex(kRecursive); })) {}
  explicit BasicMutex(Object&& object) : Object(std::move(object)) {}
  // The one that stands under `shared` in the pipeline file.
  static BasicMutex named(std::string_view name) { return BasicMutex(sdk::named(name, kind)); }

  void lock() const { in_time(functions().mutex_lock(handle(), forever)); }
  bool try_lock() const { return in_time(functions().mutex_lock(handle(), 0)); }

  // False: not within that time.
  template <class Rep, class Period>
  bool try_lock_for(std::chrono::duration<Rep, Period> timeout) const {
    return in_time(functions().mutex_lock(handle(), nanoseconds(timeout)));
  }
  template <class Clock, class Duration>
  bool try_lock_until(std::chrono::time_point<Clock, Duration> time) const {
    return try_lock_for(time - Clock::now());
  }

  void unlock() const { check(functions().mutex_unlock(handle())); }

  // For the thread that has it, until it gives it back: whether the one before died with it.
  bool abandoned() const {
    std::int32_t answer = 0;
    check(functions().mutex_abandoned(handle(), &answer));
    return answer != 0;
  }

 private:
  static constexpr std::int32_t kRecursive = Kind == PENSTOCK_RECURSIVE_MUTEX ? 1 : 0;
  static const penstock_lock_functions& functions() { return *sync().locks; }
};

}  // namespace sdk

using Mutex = sdk::BasicMutex<PENSTOCK_MUTEX>;

// The thread that has it can take it again, and others get it when it was given back as often.
using RecursiveMutex = sdk::BasicMutex<PENSTOCK_RECURSIVE_MUTEX>;

}  // namespace penstock
