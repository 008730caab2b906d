// One value in a manager's server, for processes that share no memory, or have no program in
// common; where they do, penstock::Value is many times faster, but only for what is trivially
// copyable.
//
//   penstock::managed::Value<double> best = manager.value<double>(0);
//   best.set(0.5);
//   best += 0.25;                  // in the server: no other process comes between
//
// May be used by any thread of any process, and passed to tasks. Throws ManagerLost when the server
// has died, and ManagerError for all else.
#pragma once

#include <string>

#include "penstock/managed/call.hpp"

namespace penstock::managed {

template <Owning T>
class Value : public Proxied {
 public:
  using Proxied::Proxied;
  static constexpr std::string_view kind = "value";
  static std::string element() { return sdk::Codec<T>::type(0); }

  using value_type = T;

  T get() const { return call(Verb::list_get).integer(0).send().template value<T>(); }
  operator T() const { return get(); }
  void set(const T& value) const { call(Verb::list_set).integer(0).value(value).send(); }
  const Value& operator=(const T& value) const {
    set(value);
    return *this;
  }

  // Adds to a number, and gives the sum.
  T add(const T& delta) const requires sdk::Number<T> {
    return call(Verb::list_add).integer(0).addition(delta).send().template value<T>();
  }
  T operator+=(const T& delta) const requires sdk::Number<T> { return add(delta); }
  T operator-=(const T& delta) const requires sdk::Number<T> { return add(static_cast<T>(-delta)); }
  T operator++() const requires sdk::Number<T> { return add(T{1}); }
  T operator--() const requires sdk::Number<T> { return add(static_cast<T>(-1)); }

  // Sets `desired` if the value is `expected`. False: it is another one.
  bool compare_exchange(const T& expected, const T& desired) const {
    return call(Verb::list_exchange).integer(0).value(expected).value(desired).send().flag();
  }
};

}  // namespace penstock::managed
