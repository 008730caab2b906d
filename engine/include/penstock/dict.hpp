// A dict that lives in a manager's server, like Python's manager.dict():
//
//   penstock::Dict<std::string, int> counts = manager.dict<std::string, int>();
//   counts["a"] = 1;
//   counts["a"] += 2;          // added in the server: no other process comes between
//   int a = counts["a"];
//
// Keys and values are what may pass between tasks (penstock/codec.hpp), and values may be proxies:
// of a Dict<std::string, List<int>>, dict["a"]->append(1) changes the list where it is. Keys keep
// the order in which they came. Each function is one call to the server, and what it does there is
// whole: nobody sees half of it. Copies are proxies of the same dict.
//
// May be used by any thread of any process, and passed to tasks. Throws std::out_of_range for a key
// that is not there, ManagerLost when the server has died, and ManagerError for all else.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "penstock/managed/element.hpp"

namespace penstock {

template <class K, managed::Owning V>
class Dict : public managed::Proxied {
 public:
  using Proxied::Proxied;
  static constexpr std::string_view kind = "dict";
  static std::string element() { return sdk::Codec<std::pair<K, V>>::type(0); }

  using key_type = K;
  using mapped_type = V;
  using value_type = std::pair<K, V>;

  // To be assigned, read (a copy), added to; of a nested object, to be used as one.
  managed::Element<Dict, K, V> operator[](K key) const { return {*this, std::move(key)}; }

  V at(const K& key) const {
    std::optional<V> value = get(key);
    if (!value) throw std::out_of_range("manager: there is no such key in the dict");
    return std::move(*value);
  }
  std::optional<V> get(const K& key) const {
    return optional(call(managed::Verb::dict_get).key(key).send());
  }
  V get(const K& key, V otherwise) const { return get(key).value_or(std::move(otherwise)); }
  bool contains(const K& key) const {
    return call(managed::Verb::dict_contains).key(key).send().flag();
  }
  std::size_t size() const { return call(managed::Verb::dict_size).send().natural(); }
  bool empty() const { return size() == 0; }

  void set(const K& key, const V& value) const {
    call(managed::Verb::dict_set).key(key).value(value).send();
  }
  // False: the key is there already, and keeps its value.
  bool insert(const K& key, const V& value) const {
    return call(managed::Verb::dict_insert).key(key).value(value).send().flag();
  }
  // The value that the key has, or gets now.
  V set_default(const K& key, const V& value) const {
    managed::Reply reply = call(managed::Verb::dict_insert).key(key).value(value).send();
    reply.flag();
    return reply.value<V>();
  }
  template <class Range>
  void update(const Range& items) const {
    managed::Call request = call(managed::Verb::dict_update);
    request.natural(static_cast<std::size_t>(std::distance(std::begin(items), std::end(items))));
    for (const auto& [key, value] : items) {
      request.key(static_cast<const K&>(key)).value(static_cast<const V&>(value));
    }
    request.send();
  }
  void update(std::initializer_list<value_type> items) const {
    update<std::initializer_list<value_type>>(items);
  }

  // Takes it out.
  std::optional<V> pop(const K& key) const {
    return optional(call(managed::Verb::dict_take).key(key).send());
  }
  // The last that came.
  std::optional<value_type> pop_item() const {
    managed::Reply reply = call(managed::Verb::dict_take_last).send();
    if (!reply.flag()) return std::nullopt;
    K key = reply.value<K>();
    return value_type(std::move(key), reply.value<V>());
  }
  // False: it was not there.
  bool erase(const K& key) const { return call(managed::Verb::dict_erase).key(key).send().flag(); }
  void clear() const { call(managed::Verb::dict_clear).send(); }

  // As they are at this moment.
  std::vector<K> keys() const {
    managed::Reply reply = call(managed::Verb::dict_keys).send();
    return row<K>(reply);
  }
  std::vector<V> values() const {
    managed::Reply reply = call(managed::Verb::dict_values).send();
    return row<V>(reply);
  }
  std::vector<value_type> items() const {
    managed::Reply reply = call(managed::Verb::dict_items).send();
    std::vector<value_type> items;
    for (std::uint64_t left = reply.natural(); left != 0; --left) {
      K key = reply.value<K>();
      items.emplace_back(std::move(key), reply.value<V>());
    }
    return items;
  }
  std::map<K, V> copy() const {
    const std::vector<value_type> all = items();
    return {all.begin(), all.end()};
  }

  // Adds to a number, which is 0 if the key is not there, and gives the sum.
  V add(const K& key, const V& delta) const requires sdk::Number<V> {
    return call(managed::Verb::dict_add).key(key).addition(delta).send().template value<V>();
  }
  // Sets `desired` if the value is `expected`. False: it is another one, or none.
  bool compare_exchange(const K& key, const V& expected, const V& desired) const {
    return call(managed::Verb::dict_exchange).key(key).value(expected).value(desired).send().flag();
  }

 private:
  static std::optional<V> optional(managed::Reply reply) {
    if (!reply.flag()) return std::nullopt;
    return reply.value<V>();
  }
  template <class T>
  static std::vector<T> row(managed::Reply& reply) {
    std::vector<T> row;
    for (std::uint64_t left = reply.natural(); left != 0; --left) row.push_back(reply.value<T>());
    return row;
  }
};

}  // namespace penstock
