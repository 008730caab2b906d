// What the functions of a task ask for and give, read off their types at compile time: the data
// they take, the values they emit, and which of the worker's offers (Context, Epoch, ...) they
// want.
#pragma once

#include <penstock/emit.hpp>

#include <functional>

namespace penstock PENSTOCK_HIDDEN {
namespace sdk {

template <class... T>
struct TypeList {};

template <class F>
struct Signature;
template <class R, class... P>
struct Signature<R(P...)> {
  using Result = R;
  using Parameters = TypeList<P...>;
};
template <class R, class... P>
struct Signature<R (*)(P...)> : Signature<R(P...)> {};
template <class R, class... P>
struct Signature<R (*)(P...) noexcept> : Signature<R(P...)> {};
template <class C, class R, class... P>
struct Signature<R (C::*)(P...)> : Signature<R(P...)> {};
template <class C, class R, class... P>
struct Signature<R (C::*)(P...) const> : Signature<R(P...)> {};
template <class C, class R, class... P>
struct Signature<R (C::*)(P...) noexcept> : Signature<R(P...)> {};
template <class C, class R, class... P>
struct Signature<R (C::*)(P...) const noexcept> : Signature<R(P...)> {};
template <class C, class R, class... P>
struct Signature<R (C::*)(P...)&> : Signature<R(P...)> {};
template <class C, class R, class... P>
struct Signature<R (C::*)(P...) const&> : Signature<R(P...)> {};

template <class T, class F>
constexpr bool is_member_of(F) {
  return false;
}
template <class T, class R, class Owner>
constexpr bool is_member_of(R Owner::*) {
  return std::is_function_v<R> && std::is_base_of_v<Owner, T>;
}

// has_NAME<T>: T has a member function NAME that can be called. One that is there and cannot be is
// an error rather than silently left out.
#define PENSTOCK_MEMBER(NAME)                                                 \
  struct Other_##NAME {                                                       \
    int NAME;                                                                 \
  };                                                                          \
  template <class T>                                                          \
  struct Both_##NAME : T, Other_##NAME {};                                    \
  template <class T>                                                          \
  constexpr bool find_##NAME() {                                              \
    if constexpr (requires { &T::NAME; }) {                                   \
      return !std::is_member_object_pointer_v<decltype(&T::NAME)>;            \
    } else if constexpr (!std::is_final_v<T>) {                               \
      static_assert(                                                          \
          requires { &Both_##NAME<T>::NAME; },                                \
          "penstock: the task's member '" #NAME                               \
          "' is private, overloaded or a template, and so cannot be called"); \
    }                                                                         \
    return false;                                                             \
  }                                                                           \
  template <class T>                                                          \
  inline constexpr bool has_##NAME = find_##NAME<T>();

PENSTOCK_MEMBER(params)
PENSTOCK_MEMBER(open)
PENSTOCK_MEMBER(run)
PENSTOCK_MEMBER(produce)
PENSTOCK_MEMBER(finish)
PENSTOCK_MEMBER(snapshot)
PENSTOCK_MEMBER(restore)
PENSTOCK_MEMBER(commit)
PENSTOCK_MEMBER(close)
PENSTOCK_MEMBER(size)
#undef PENSTOCK_MEMBER

// ---- what a function is offered by the worker
// ----------------------------------------------------

template <class P, class Offer, class... More>
auto& offered(Offer& offer, More&... more) {
  if constexpr (std::same_as<std::remove_cvref_t<P>, Offer>) {
    return offer;
  } else {
    static_assert(sizeof...(More) != 0,
                  "penstock: this function of the task has a parameter that it is never given");
    return offered<P>(more...);
  }
}

// Calls a member function with those of the offers that its parameters name by type, in its order.
template <class T, class Method, class... Offers>
decltype(auto) call(T& task, Method method, Offers&... offers) {
  return [&]<class... P>(TypeList<P...>) -> decltype(auto) {
    if constexpr (std::is_member_function_pointer_v<Method>) {
      return (task.*method)(offered<P>(offers...)...);
    } else {
      return method(offered<P>(offers...)...);
    }
  }(typename Signature<Method>::Parameters{});
}

// ---- what a function takes and emits
// -------------------------------------------------------------

template <class T>
struct EmitTraits {
  static constexpr bool is_emit = false;
};
template <class T>
struct EmitTraits<Emit<T>> {
  static constexpr bool is_emit = true;
  using Value = T;
};

template <class P>
inline constexpr bool is_emit = EmitTraits<std::remove_cvref_t<P>>::is_emit;
template <class P>
inline constexpr bool is_data = !is_emit<P> && !std::same_as<std::remove_cvref_t<P>, Context>;

template <class P, bool = is_data<P>>
struct DataOf {
  using type = std::tuple<std::remove_cvref_t<P>>;
};
template <class P>
struct DataOf<P, false> {
  using type = std::tuple<>;
};

template <class... P>
using DataTuple = decltype(std::tuple_cat(std::declval<typename DataOf<P>::type>()...));

// The T of the Emit<T> among the parameters; void without one.
template <class... P>
struct EmittedBy {
  using type = void;
};
template <class P, class... More>
struct EmittedBy<P, More...> {
  using type = typename EmittedBy<More...>::type;
};
template <class P, class... More>
requires is_emit<P>
struct EmittedBy<P, More...> {
  using type = typename EmitTraits<std::remove_cvref_t<P>>::Value;
};

// What a returned R is emitted as; void for nothing.
template <class R>
struct ReturnedAs {
  using type = R;
};
template <class R>
struct ReturnedAs<std::optional<R>> : ReturnedAs<R> {};
template <>
struct ReturnedAs<const char*> {
  using type = std::string_view;
};

template <class T>
struct BatchOf {
  static constexpr bool batch = false;
};
template <class T>
struct BatchOf<std::span<const T>> {
  static constexpr bool batch = !std::same_as<T, std::byte>;
  using Element = T;
};

// What a batch returns one of for each item.
template <class R>
struct PerItem {
  static constexpr bool value = false;
  using Element = R;
};
template <class R>
requires(!std::same_as<R, std::byte>) struct PerItem<std::vector<R>> {
  static constexpr bool value = true;
  using Element = R;
};

// What a function without parameters is given: its type is null, and its bytes are none.
struct Nothing {};

template <class Data>
struct InputOf {  // several parameters take a tuple
  using type = Data;
  static constexpr bool single = false;
  static constexpr bool batch = false;
};
template <class T>
struct InputOf<std::tuple<T>> {
  using type = T;
  static constexpr bool single = true;
  static constexpr bool batch = false;
};
template <>
struct InputOf<std::tuple<>> {
  using type = Nothing;
  static constexpr bool single = true;
  static constexpr bool batch = false;
};
template <class T>
requires BatchOf<T>::batch struct InputOf<std::tuple<T>> {
  using type = typename BatchOf<T>::Element;
  static constexpr bool single = true;
  static constexpr bool batch = true;
};

template <class Function>
struct RunShape {
  template <class List>
  struct Of;
  template <class... P>
  struct Of<TypeList<P...>> {
    using Data = DataTuple<P...>;
    using Emitted = typename EmittedBy<P...>::type;
  };
  using Parameters = typename Signature<Function>::Parameters;
  using Result = std::remove_cvref_t<typename Signature<Function>::Result>;
  using Data = typename Of<Parameters>::Data;
  using Emitted = typename Of<Parameters>::Emitted;

  static_assert(std::is_void_v<Emitted> || std::is_void_v<Result>,
                "penstock: a task either returns its output or emits it");

  using Input = typename InputOf<Data>::type;
  static constexpr bool single = InputOf<Data>::single;
  static constexpr bool batch = InputOf<Data>::batch;
  static constexpr bool per_item = batch && PerItem<Result>::value;

  using Element = std::conditional_t<per_item, typename PerItem<Result>::Element, Result>;
  using Returned = typename ReturnedAs<Element>::type;
  using Output = std::conditional_t<std::is_void_v<Emitted>, Returned, Emitted>;
  static constexpr bool emits = !std::is_void_v<Emitted>;
};

// How many of the first `count` parameters are data.
template <class... P>
constexpr std::size_t data_before(std::size_t count) {
  const std::array<bool, sizeof...(P)> data{is_data<P>...};
  return static_cast<std::size_t>(std::count(data.begin(), data.begin() + count, true));
}

template <class P, std::size_t Index, class Data, class Out>
decltype(auto) argument(Data& data, Out& out, Context& context) {
  if constexpr (is_emit<P>) {
    return (out);
  } else if constexpr (!is_data<P>) {
    return (context);
  } else {
    using Stored = std::remove_reference_t<std::tuple_element_t<Index, Data>>;
    constexpr bool changes =
        std::is_lvalue_reference_v<P> && !std::is_const_v<std::remove_reference_t<P>>;
    static_assert(!std::is_const_v<Stored> || !changes,
                  "penstock: an item's struct is read-only: take it as const&, or by value");
    if constexpr (std::is_lvalue_reference_v<P>) {
      return (std::get<Index>(data));
    } else {
      return std::move(std::get<Index>(data));
    }
  }
}

// Calls f with the data, a tuple of references, at the places of its data parameters.
template <class F, class Data, class Out, class... P>
decltype(auto) call_with(F&& f, TypeList<P...>, Data data, Out& out, Context& context) {
  return [&]<std::size_t... I>(std::index_sequence<I...>)->decltype(auto) {
    return f(argument<P, data_before<P...>(I)>(data, out, context)...);
  }
  (std::index_sequence_for<P...>{});
}

template <>
struct Wire<Nothing> {
  static std::string type() { return "null"; }
  static Nothing decode(Bytes) { return {}; }
};

}  // namespace sdk
}  // namespace penstock
