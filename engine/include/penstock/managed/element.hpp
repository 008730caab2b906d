// What `dict[key]` and `list[index]` give: a place in a manager's server that can be assigned, read
// and added to, and through which a nested object is used. Belongs to one expression.
#pragma once

#include <utility>

#include "penstock/managed/call.hpp"

namespace penstock::managed {

template <class Container, class Key, class V>
class Element {
 public:
  Element(const Container& container, Key key) : container_(container), key_(std::move(key)) {}

  // Throws std::out_of_range if there is none.
  operator V() const { return get(); }
  V get() const { return container_.at(key_); }

  const Element& operator=(const V& value) const {
    container_.set(key_, value);
    return *this;
  }
  Element(const Element&) = default;
  const Element& operator=(const Element& other) const { return *this = other.get(); }

  // In the server, as one step; give the new value.
  V operator+=(const V& delta) const requires sdk::Number<V> { return container_.add(key_, delta); }
  V operator-=(const V& delta) const requires sdk::Number<V> {
    return container_.add(key_, static_cast<V>(-delta));
  }
  V operator++() const requires sdk::Number<V> { return container_.add(key_, V{1}); }
  V operator--() const requires sdk::Number<V> { return container_.add(key_, static_cast<V>(-1)); }

  // Of a nested dict, list, ...
  struct Arrow {
    V object;
    const V* operator->() const { return &object; }
  };
  Arrow operator->() const requires AnyProxy<V> { return {get()}; }
  template <class Inner>
  auto operator[](Inner&& key) const requires AnyProxy<V> {
    return get()[std::forward<Inner>(key)];
  }

  template <class T>
  friend bool operator==(const Element& element, const T& value) {
    return element.get() == value;
  }

 private:
  const Container container_;  // a proxy: the element outlives the one that it came from
  const Key key_;
};

}  // namespace penstock::managed
