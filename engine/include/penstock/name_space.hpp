// Names with values of any types that live in a manager's server, like Python's Namespace:
//
//   penstock::Namespace settings = manager.name_space();
//   settings.set("depth", 3);
//   int depth = settings.get<int>("depth");
//
// Values are what may pass between tasks (penstock/codec.hpp), and proxies. Each function is one
// call to the server. Copies are proxies of the same names.
//
// May be used by any thread of any process, and passed to tasks. Throws std::out_of_range for a
// name that is not there, ManagerLost when the server has died, and ManagerError for all else, such
// as a value of another type.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/managed/call.hpp"

namespace penstock {

class Namespace : public managed::Proxied {
 public:
  using Proxied::Proxied;
  static constexpr std::string_view kind = "namespace";
  static std::string element() { return {}; }

  template <managed::Owning T>
  T get(std::string_view name) const {
    std::optional<T> value = find<T>(name);
    if (!value) throw std::out_of_range("manager: there is no name '" + std::string(name) + "'");
    return std::move(*value);
  }
  template <managed::Owning T>
  std::optional<T> find(std::string_view name) const {
    managed::Reply reply = call(managed::Verb::dict_get).key(name).send();
    if (!reply.flag()) return std::nullopt;
    return reply.value<T>();
  }
  bool contains(std::string_view name) const {
    return call(managed::Verb::dict_contains).key(name).send().flag();
  }

  template <class T>
  void set(std::string_view name, const T& value) const {
    managed::Call request = call(managed::Verb::dict_set);
    if constexpr (std::convertible_to<const T&, std::string_view>) {
      request.key(name).value(std::string_view(value)).send();
    } else {
      request.key(name).value(value).send();
    }
  }
  // Adds to a number of this type, which is 0 if it is not there, and gives the sum.
  template <sdk::Number T>
  T add(std::string_view name, T delta) const {
    return call(managed::Verb::dict_add).key(name).addition(delta).send().template value<T>();
  }
  // False: it was not there.
  bool erase(std::string_view name) const {
    return call(managed::Verb::dict_erase).key(name).send().flag();
  }
  std::vector<std::string> names() const {
    managed::Reply reply = call(managed::Verb::dict_keys).send();
    std::vector<std::string> names;
    for (std::uint64_t left = reply.natural(); left != 0; --left) {
      names.push_back(reply.value<std::string>());
    }
    return names;
  }
};

}  // namespace penstock
