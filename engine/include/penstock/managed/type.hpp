// Types of a program's own that live in a manager's server:
//
//   struct Counter {
//     int add(int n) { return total += n; }
//     int total = 0;
//   };
//   const auto counter = penstock::manager_type<Counter>("counter").method<&Counter::add>("add");
//   ...
//   penstock::Proxy<Counter> clicks = manager.create<Counter>("counter");
//   clicks.call<&Counter::add>(3);
//
// The registration stands at namespace scope, or before worker_guard: the server is the same
// program, started once more, and has to know the type before it serves.
//
// An object is made in the server, by a constructor that was registered, or the default one. Its
// methods run there, one at a time for each object, so that a type needs no lock of its own; a
// method that calls another object's must not be called back by it. concurrent() lets go of that.
// A method that crashes ends the server, and all that is in it. What it throws comes back as a
// RemoteError. Arguments and results are what may pass between tasks (penstock/codec.hpp), and
// proxies.
#pragma once

#include <penstock/signature.hpp>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include "penstock/managed/call.hpp"

namespace penstock {
namespace managed {

// What the server calls. The arguments are encoded values; `here` is the server.
using Maker = std::shared_ptr<void> (*)(std::span<const Bytes> arguments, const Here& here);
struct MethodResult {
  std::string bytes;  // encoded; empty: none
  std::vector<std::shared_ptr<void>> named;
};
using Method = MethodResult (*)(void* object, std::span<const Bytes> arguments, const Here& here);

// What is registered, for the whole process. All of them throw ManagerError if the name is taken
// by something else. add_method gives a text that lives as long as the process.
void add_type(const std::string& type, const std::type_info& of);
void add_maker(const std::string& type, std::size_t arguments, Maker maker);
const char* add_method(const std::string& type, const std::string& name, std::size_t arguments,
                       Method method);
void let_run_side_by_side(const std::string& type);

template <auto Function>
inline const char* method_name = nullptr;

// How a parameter or a result travels: what is a view here owns its bytes on the way.
template <class T>
struct TravelsAs {
  using type = std::remove_cvref_t<T>;
};
template <class T>
requires std::convertible_to<T, std::string_view>
struct TravelsAs<T> {
  using type = std::string;
};
template <class T>
requires std::same_as<std::remove_cvref_t<T>, Bytes>
struct TravelsAs<T> {
  using type = std::vector<std::byte>;
};
template <class T>
using Travelling = typename TravelsAs<T>::type;

template <class T, class From>
Travelling<T> travelling(From&& value) {
  if constexpr (std::same_as<std::remove_cvref_t<T>, Bytes>) {
    const Bytes bytes(value);
    return {bytes.begin(), bytes.end()};
  } else {
    return Travelling<T>(std::forward<From>(value));
  }
}

template <class... P>
std::tuple<Travelling<P>...> arguments_of(std::span<const Bytes> arguments, const Here& here) {
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return std::tuple<Travelling<P>...>(decoded<Travelling<P>>(arguments[I], here)...);
  }
  (std::index_sequence_for<P...>{});
}

template <class T, class... P>
std::shared_ptr<void> make_object(std::span<const Bytes> arguments, const Here& here) {
  auto values = arguments_of<P...>(arguments, here);
  return std::apply(
      [](auto&... argument) { return std::make_shared<T>(static_cast<P&&>(argument)...); }, values);
}

template <class T, auto Function, class... P>
MethodResult call_method(void* object, std::span<const Bytes> arguments, const Here& here) {
  auto values = arguments_of<P...>(arguments, here);
  const auto call = [&]() -> decltype(auto) {
    return std::apply(
        [&](auto&... argument) -> decltype(auto) {
          return std::invoke(Function, *static_cast<T*>(object), static_cast<P&&>(argument)...);
        },
        values);
  };
  using Result = typename sdk::Signature<decltype(Function)>::Result;
  MethodResult result;
  if constexpr (std::is_void_v<Result>) {
    call();
  } else {
    const Travelling<Result> value = travelling<Result>(call());
    const Scope scope(here);
    CborWriter out(result.bytes);
    sdk::Codec<Travelling<Result>>::write(out, value);
    result.named = scope.kept();
  }
  return result;
}

template <class T, auto Function, class... P>
constexpr std::pair<std::size_t, Method> method_of(sdk::TypeList<P...>) {
  return {sizeof...(P), &call_method<T, Function, P...>};
}

}  // namespace managed

// Registers T under a name, and what can be called of it.
template <class T>
class ManagerType {
 public:
  explicit ManagerType(std::string name) : name_(std::move(name)) {
    managed::add_type(name_, typeid(T));
    if constexpr (std::is_default_constructible_v<T>) constructor<>();
  }

  // Of several, the one with the number of arguments that are given.
  template <class... P>
  ManagerType& constructor() {
    static_assert(std::is_constructible_v<T, P...>, "penstock: there is no such constructor");
    managed::add_maker(name_, sizeof...(P), &managed::make_object<T, P...>);
    return *this;
  }

  template <auto Function>
  ManagerType& method(const std::string& name) {
    static_assert(sdk::is_member_of<T>(Function), "penstock: it is no member function of the type");
    using Parameters = typename sdk::Signature<decltype(Function)>::Parameters;
    const auto [arguments, method] = managed::method_of<T, Function>(Parameters{});
    managed::method_name<Function> = managed::add_method(name_, name, arguments, method);
    return *this;
  }

  // Methods of one object may run side by side: the type has locks of its own, or waits in them.
  ManagerType& concurrent() {
    managed::let_run_side_by_side(name_);
    return *this;
  }

 private:
  std::string name_;
};

template <class T>
ManagerType<T> manager_type(std::string name) {
  return ManagerType<T>(std::move(name));
}

// An object of such a type, in any process. A program that has the type calls its methods as they
// are; any other one by their names, with what they give:
//
//   int total = clicks.call<&Counter::add>(3);
//   int total = clicks.call<int>("add", 3);
template <class T = void>
class Proxy : public managed::Proxied {
 public:
  using Proxied::Proxied;
  static constexpr std::string_view kind = "instance";
  static std::string element() { return {}; }

  template <auto Function, class... A>
  auto call(A&&... arguments) const {
    using Signature = sdk::Signature<decltype(Function)>;
    static_assert(sdk::is_member_of<T>(Function), "penstock: it is no member function of the type");
    if (managed::method_name<Function> == nullptr) {
      throw ManagerError(
          "manager: this method is not registered: add .method<&Type::function>(\"name\") to the "
          "manager_type of its type");
    }
    return call_with<typename Signature::Result>(managed::method_name<Function>,
                                                 typename Signature::Parameters{},
                                                 std::forward<A>(arguments)...);
  }

  template <class R = void, class... A>
  R call(std::string_view method, const A&... arguments) const {
    return finish<R>(Proxied::call(managed::Verb::instance_call)
                         .text(method)
                         .natural(sizeof...(A))
                         .values(managed::travelling<const A&>(arguments)...));
  }

 private:
  template <class R, class... P, class... A>
  auto call_with(const char* method, sdk::TypeList<P...>, A&&... arguments) const {
    static_assert(sizeof...(P) == sizeof...(A), "penstock: another number of arguments");
    return finish<managed::Travelling<R>>(
        Proxied::call(managed::Verb::instance_call)
            .text(method)
            .natural(sizeof...(P))
            .values(managed::travelling<P>(std::forward<A>(arguments))...));
  }

  template <class R>
  static R finish(managed::Call& call) {
    managed::Reply reply = call.send();
    if constexpr (!std::is_void_v<R>) {
      if (!reply.flag()) throw ManagerError("manager: the method gives nothing");
      return reply.value<R>();
    }
  }
};

}  // namespace penstock
