// A condition that processes share, with its mutex: wait until another one says that something has
// changed, as in Python.
//
//   penstock::Condition changed;
//   {
//     std::lock_guard held(changed);
//     changed.wait_for([&] { return count.get() == 4; });
//   }
//   {
//     std::lock_guard held(changed);
//     count.set(4);
//     changed.notify_all();
//   }
//
// A condition is passed to tasks as an argument, with its mutex; copies are handles of the same
// one. lock() and unlock() are those of the mutex: the one given, or else a recursive one of its
// own. To wait gives it back, however often it was taken, and takes it again afterwards, which a
// time-out does not shorten; without having it, waiting throws SyncError.
//
// notify(n) wakes exactly those n that have waited longest, or as many as there are. When one of
// them dies before it has woken, another one is woken instead. At most 500 threads wait at the same
// time; one more gets SyncError. All functions may be called from any thread and process.
#pragma once

#include <penstock/mutex.hpp>

namespace penstock PENSTOCK_HIDDEN {

class PENSTOCK_TYPE Condition : public sdk::Object {
 public:
  static constexpr penstock_object_kind kind = PENSTOCK_CONDITION;
  static std::string element() { return {}; }

  Condition() : Condition(made([] { return functions().create_condition(nullptr); })) {}
  explicit Condition(const Mutex& mutex) : Condition(over(mutex)) {}
  explicit Condition(const RecursiveMutex& mutex) : Condition(over(mutex)) {}
  explicit Condition(sdk::Object&& object)
      : Object(std::move(object)),
        mutex_(valid() ? Object(functions().condition_mutex(handle())) : Object()) {}
  // The one that stands under `shared` in the pipeline file.
  static Condition named(std::string_view name) { return Condition(sdk::named(name, kind)); }

  void lock() const { sdk::in_time(functions().mutex_lock(mutex_.handle(), sdk::forever)); }
  bool try_lock() const { return sdk::in_time(functions().mutex_lock(mutex_.handle(), 0)); }
  void unlock() const { sdk::check(functions().mutex_unlock(mutex_.handle())); }

  // The following are for the thread that has the mutex.
  void wait() const { wait_within(sdk::forever); }
  // False: not notified within that time.
  template <class Rep, class Period>
  bool wait(std::chrono::duration<Rep, Period> timeout) const {
    return wait_within(sdk::nanoseconds(timeout));
  }
  // Until `is_so()`, which is asked with the mutex held.
  template <class Predicate>
  requires std::predicate<Predicate&>
  void wait_for(Predicate is_so) const {
    while (!is_so()) wait();
  }
  // What it says in the end; false: not within that time.
  template <class Predicate, class Rep, class Period>
  requires std::predicate<Predicate&>
  bool wait_for(Predicate is_so, std::chrono::duration<Rep, Period> timeout) const {
    const auto begun = std::chrono::steady_clock::now();
    const std::chrono::nanoseconds time(sdk::nanoseconds(timeout));
    for (;;) {
      if (is_so()) return true;
      const auto passed = std::chrono::steady_clock::now() - begun;
      if (passed >= time) return false;
      wait(time - passed);
    }
  }

  // With or without the mutex.
  void notify(std::uint32_t count = 1) const {
    sdk::check(functions().condition_notify(handle(), count));
  }
  void notify_all() const { notify(PENSTOCK_NOTIFY_ALL); }

 private:
  static sdk::Object over(const sdk::Object& mutex) {
    return made([&] { return functions().create_condition(mutex.handle()); });
  }
  bool wait_within(std::int64_t timeout) const {
    return sdk::in_time(functions().condition_wait(handle(), timeout));
  }
  static const penstock_lock_functions& functions() { return *sdk::sync().locks; }

  sdk::Object mutex_;
};

}  // namespace penstock
