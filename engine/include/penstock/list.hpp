// A list that lives in a manager's server, like Python's manager.list() and manager.Array():
//
//   penstock::List<int> squares = manager.list<int>({1, 4, 9});
//   squares.append(16);
//   squares[0] = 0;
//   int last = squares[-1];    // below zero: from the end
//
// Values are what may pass between tasks (penstock/codec.hpp), and proxies: of a List<List<int>>,
// list[0]->append(1) changes the inner list where it is. Each function is one call to the server,
// and what it does there is whole: nobody sees half of it. Copies are proxies of the same list.
//
// May be used by any thread of any process, and passed to tasks. Throws std::out_of_range for an
// index beyond the list, ManagerLost when the server has died, and ManagerError for all else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "penstock/managed/element.hpp"

namespace penstock {

template <managed::Owning T>
class List : public managed::Proxied {
 public:
  using Proxied::Proxied;
  static constexpr std::string_view kind = "list";
  static std::string element() { return sdk::Codec<T>::type(0); }

  using value_type = T;
  using Index = std::int64_t;

  // To be assigned, read (a copy), added to; of a nested object, to be used as one.
  managed::Element<List, Index, T> operator[](Index index) const { return {*this, index}; }

  T at(Index index) const {
    return call(managed::Verb::list_get).integer(index).send().template value<T>();
  }
  T front() const { return at(0); }
  T back() const { return at(-1); }
  std::size_t size() const { return call(managed::Verb::list_size).send().natural(); }
  bool empty() const { return size() == 0; }

  void set(Index index, const T& value) const {
    call(managed::Verb::list_set).integer(index).value(value).send();
  }
  void append(const T& value) const {
    call(managed::Verb::list_append).natural(1).value(value).send();
  }
  void push_back(const T& value) const { append(value); }
  template <class Range>
  void extend(const Range& values) const {
    send_all(managed::Verb::list_append, values);
  }
  void extend(std::initializer_list<T> values) const {
    send_all(managed::Verb::list_append, values);
  }
  // In place of all that there is.
  template <class Range>
  void assign(const Range& values) const {
    send_all(managed::Verb::list_assign, values);
  }
  void assign(std::initializer_list<T> values) const {
    send_all(managed::Verb::list_assign, values);
  }
  // Before the element that is there; at the end if there is none.
  void insert(Index index, const T& value) const {
    call(managed::Verb::list_insert).integer(index).value(value).send();
  }

  // Takes it out.
  T pop(Index index = -1) const {
    return call(managed::Verb::list_take).integer(index).send().template value<T>();
  }
  void erase(Index index) const { call(managed::Verb::list_erase).integer(index).send(); }
  // The first that is equal. False: there is none.
  bool remove(const T& value) const {
    return call(managed::Verb::list_remove).value(value).send().flag();
  }
  void clear() const { call(managed::Verb::list_clear).send(); }

  // The place of the first that is equal. Values are equal when their encodings are.
  std::optional<std::size_t> index(const T& value) const {
    const std::int64_t found = call(managed::Verb::list_find).value(value).send().integer();
    if (found < 0) return std::nullopt;
    return static_cast<std::size_t>(found);
  }
  std::size_t count(const T& value) const {
    return call(managed::Verb::list_count).value(value).send().natural();
  }
  bool contains(const T& value) const { return index(value).has_value(); }

  void reverse() const { call(managed::Verb::list_reverse).send(); }
  // Numbers by size, texts by their bytes, lists and structs element by element.
  void sort(bool descending = false) const {
    call(managed::Verb::list_sort).flag(descending).send();
  }

  // As they are at this moment: those from `begin` to before `end`, as far as there are any.
  std::vector<T> slice(Index begin, Index end) const {
    managed::Reply reply = call(managed::Verb::list_slice).integer(begin).integer(end).send();
    std::vector<T> values;
    for (std::uint64_t left = reply.natural(); left != 0; --left) {
      values.push_back(reply.value<T>());
    }
    return values;
  }
  std::vector<T> copy() const { return slice(0, std::numeric_limits<Index>::max()); }

  // Adds to a number, and gives the sum.
  T add(Index index, const T& delta) const requires sdk::Number<T> {
    return call(managed::Verb::list_add).integer(index).addition(delta).send().template value<T>();
  }
  // Sets `desired` if the value is `expected`. False: it is another one.
  bool compare_exchange(Index index, const T& expected, const T& desired) const {
    return call(managed::Verb::list_exchange)
        .integer(index)
        .value(expected)
        .value(desired)
        .send()
        .flag();
  }

 private:
  template <class Range>
  void send_all(managed::Verb verb, const Range& values) const {
    managed::Call request = call(verb);
    request.natural(static_cast<std::size_t>(std::distance(std::begin(values), std::end(values))));
    for (const auto& value : values) request.value(static_cast<const T&>(value));
    request.send();
  }
};

}  // namespace penstock
