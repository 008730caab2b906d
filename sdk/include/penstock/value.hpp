// One value in memory that processes share: Python's Value and RawValue.
//
//   penstock::Value<std::int64_t> hits(0);       // in the program; tasks take it as an argument
//   hits += 1;                                   // in any of them
//   std::int64_t seen = hits;
//
// T is trivially copyable and has no pointers. Where the machine can (numbers, bools, enums of up
// to
// 8 bytes), each function is one atomic step and takes no lock, so `hits += 1` counts every time:
// Python's `with hits.get_lock(): hits.value += 1`. Of other types, structs above all, it happens
// under the value's lock.
//
//   best.update([&](Best& b) { if (mine.score > b.score) b = mine; });
//
// get_lock() is for what takes several steps. It keeps out those who take it as well and, of types
// that need it, every function here; single steps of atomic types pass it by.
//
// A process that dies in the middle of set() or update() of a type that is not atomic may leave a
// part of what it wrote; the next one that takes the lock is told by abandoned(). Copies are
// handles of the same value. All functions may be called from any thread and process.
#pragma once

#include <penstock/memory.hpp>

#include <atomic>
#include <utility>

namespace penstock PENSTOCK_HIDDEN {
namespace sdk {

// Scalars alone: what has padding cannot be compared bit by bit.
template <class T>
concept AtomicValue = std::is_scalar_v<T> && sizeof(T) <= 8 &&
                      std::atomic_ref<T>::is_always_lock_free;

}  // namespace sdk

template <class T>
class PENSTOCK_TYPE Value : public sdk::Memory {
  static_assert(sdk::Shareable<T>,
                "penstock: what lies in shared memory is trivially copyable, without pointers");

 public:
  using value_type = T;
  static constexpr bool is_atomic = sdk::AtomicValue<T>;
  static std::string element() { return sdk::held_type("value", sdk::layout_of<T>()); }

  Value() : Value(T()) {}
  explicit Value(const T& initial) : Memory(sizeof(T)) {
    if (valid()) *raw() = initial;
  }
  explicit Value(sdk::Object&& object) : Memory(std::move(object)) { demand(sizeof(T), "a Value"); }
  // The one that stands under `shared` in the pipeline file.
  static Value named(std::string_view name) { return Value(sdk::named(name, kind)); }

  T get() const {
    if constexpr (is_atomic) {
      return atomic().load();
    } else {
      return locked([](const T& value) { return value; });
    }
  }
  void set(const T& value) const {
    if constexpr (is_atomic) {
      atomic().store(value);
    } else {
      locked([&](T& place) { place = value; });
    }
  }
  T exchange(const T& value) const {
    if constexpr (is_atomic) {
      return atomic().exchange(value);
    } else {
      return locked([&](T& place) { return std::exchange(place, value); });
    }
  }
  operator T() const { return get(); }  // NOLINT(google-explicit-constructor)
  const Value& operator=(const T& value) const {
    set(value);
    return *this;
  }

  // Names of std::atomic.
  T load() const { return get(); }
  void store(const T& value) const { set(value); }

  // Calls change(T&), and what it makes of the value becomes the value, with nothing in between.
  // Where T is atomic it may be called several times, so it should do nothing else. Returns the new
  // value.
  template <class Change>
  T update(Change change) const {
    if constexpr (is_atomic) {
      T before = atomic().load();
      for (;;) {
        T after = before;
        change(after);
        if (atomic().compare_exchange_weak(before, after)) return after;
      }
    } else {
      return locked([&](T& value) {
        change(value);
        return value;
      });
    }
  }

  // True: it was `expected`, and is `desired`. False: `expected` is what it was.
  bool compare_exchange(T& expected, const T& desired) const requires(is_atomic) {
    return atomic().compare_exchange_strong(expected, desired);
  }

  // These return what was there before, as those of std::atomic do.
  T fetch_add(T change) const requires(sdk::Number<T>) { return atomic().fetch_add(change); }
  T fetch_sub(T change) const requires(sdk::Number<T>) { return atomic().fetch_sub(change); }
  T fetch_and(T mask) const requires(std::integral<T>&& sdk::Number<T>) {
    return atomic().fetch_and(mask);
  }
  T fetch_or(T mask) const requires(std::integral<T>&& sdk::Number<T>) {
    return atomic().fetch_or(mask);
  }
  // And these the new value.
  T operator+=(T change) const requires(sdk::Number<T>) { return atomic() += change; }
  T operator-=(T change) const requires(sdk::Number<T>) { return atomic() -= change; }
  T operator++() const requires(sdk::Number<T>) { return *this += T(1); }
  T operator--() const requires(sdk::Number<T>) { return *this -= T(1); }
  T operator++(int) const requires(sdk::Number<T>) { return fetch_add(T(1)); }
  T operator--(int) const requires(sdk::Number<T>) { return fetch_sub(T(1)); }

  // The value itself, without any protection: Python's RawValue.
  T* raw() const { return reinterpret_cast<T*>(data_); }

 private:
  std::atomic_ref<T> atomic() const requires(is_atomic) { return std::atomic_ref<T>(*raw()); }

  template <class Body>
  auto locked(Body body) const {
    const std::scoped_lock guard(get_lock());
    return body(*raw());
  }
};

}  // namespace penstock
