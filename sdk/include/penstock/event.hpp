// An event that processes share: a flag that one sets and others wait for, as in Python.
//
//   penstock::Event ready;
//   ready.wait();                                // in some
//   ready.set();                                 // in one: lets all of them go on
//
// An event is passed to tasks as an argument; copies are handles of the same one. It stays set
// until clear(). Who was waiting when it was set goes on, also if it is cleared again at once.
// Nobody holds anything of it, so no death leaves a trace in it. All functions may be called from
// any thread and process; they throw SyncError only where no event can be made.
#pragma once

#include <penstock/sync_locks.h>
#include <penstock/object.hpp>

namespace penstock PENSTOCK_HIDDEN {

class PENSTOCK_TYPE Event : public sdk::Object {
 public:
  static constexpr penstock_object_kind kind = PENSTOCK_EVENT;
  static std::string element() { return {}; }

  Event() : Object(made([] { return functions().create_event(); })) {}
  explicit Event(sdk::Object&& object) : Object(std::move(object)) {}
  // The one that stands under `shared` in the pipeline file.
  static Event named(std::string_view name) { return Event(sdk::named(name, kind)); }

  void set() const { sdk::check(functions().event_set(handle())); }
  void clear() const { sdk::check(functions().event_clear(handle())); }
  bool is_set() const { return functions().event_is_set(handle()) != 0; }

  void wait() const { sdk::in_time(functions().event_wait(handle(), sdk::forever)); }
  // False: it was not set within that time.
  template <class Rep, class Period>
  bool wait(std::chrono::duration<Rep, Period> timeout) const {
    return sdk::in_time(functions().event_wait(handle(), sdk::nanoseconds(timeout)));
  }

 private:
  static const penstock_lock_functions& functions() { return *sdk::sync().locks; }
};

}  // namespace penstock
