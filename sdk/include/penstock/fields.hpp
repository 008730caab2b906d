// Names the fields of a struct and the values of an enum, once, so that they can be described,
// checked and shown:
//
//   struct Row { std::int64_t id; char name[16]; };
//   PENSTOCK_FIELDS(Row, id, name)
//
//   enum class Shade { light, dark };
//   PENSTOCK_ENUM(Shade, light, dark)
//
// Both stand behind the type, in the same namespace. A value of an enum that is not named does not
// pass between tasks. A name that C++ keeps for itself is written with an underscore behind it:
// auto_ is shown as auto.
#pragma once

#include <penstock/plugin.h>

#include <array>
#include <string_view>
#include <tuple>
#include <type_traits>

namespace penstock PENSTOCK_HIDDEN {
namespace sdk {

constexpr std::string_view shown(std::string_view name) {
  return name.ends_with('_') ? name.substr(0, name.size() - 1) : name;
}

template <class Owner, class Value>
struct Field {
  std::string_view name;
  Value Owner::*member;
};
template <class Owner, class Value>
Field(std::string_view, Value Owner::*) -> Field<Owner, Value>;

template <class E>
struct Enumerator {
  std::string_view name;
  E value;
};

template <class T>
concept Named = std::is_class_v<T> && requires {
  penstock_fields(static_cast<T*>(nullptr));
};

template <class E>
concept NamedEnum = std::is_enum_v<E> && requires {
  penstock_enumerators(static_cast<E*>(nullptr));
};

template <Named T>
constexpr auto fields_of() {
  return penstock_fields(static_cast<T*>(nullptr));
}

template <NamedEnum E>
constexpr auto enumerators_of() {
  return penstock_enumerators(static_cast<E*>(nullptr));
}

template <NamedEnum E>
constexpr bool is_enumerator(E value) {
  for (const auto& one : enumerators_of<E>()) {
    if (one.value == value) return true;
  }
  return false;
}

// Calls f with the value types of all fields as template arguments.
template <Named T, class F>
constexpr auto with_field_types(F f) {
  return std::apply(
      [&]<class... V>(const Field<T, V>&...) { return f.template operator()<V...>(); },
      fields_of<T>());
}

}  // namespace sdk
}  // namespace penstock

// MACRO(OWNER, name) for each name, with commas between.
#define PENSTOCK_PARENS ()
#define PENSTOCK_EXPAND(...) PENSTOCK_EXPAND_2(PENSTOCK_EXPAND_2(PENSTOCK_EXPAND_2(__VA_ARGS__)))
#define PENSTOCK_EXPAND_2(...) PENSTOCK_EXPAND_1(PENSTOCK_EXPAND_1(PENSTOCK_EXPAND_1(__VA_ARGS__)))
#define PENSTOCK_EXPAND_1(...) PENSTOCK_EXPAND_0(PENSTOCK_EXPAND_0(PENSTOCK_EXPAND_0(__VA_ARGS__)))
#define PENSTOCK_EXPAND_0(...) __VA_ARGS__
#define PENSTOCK_EACH(MACRO, OWNER, ...) \
  __VA_OPT__(PENSTOCK_EXPAND(PENSTOCK_EACH_NEXT(MACRO, OWNER, __VA_ARGS__)))
#define PENSTOCK_EACH_NEXT(MACRO, OWNER, NAME, ...) \
  MACRO(OWNER, NAME) __VA_OPT__(, PENSTOCK_EACH_AGAIN PENSTOCK_PARENS(MACRO, OWNER, __VA_ARGS__))
#define PENSTOCK_EACH_AGAIN() PENSTOCK_EACH_NEXT

#define PENSTOCK_FIELD(OWNER, NAME)             \
  ::penstock::sdk::Field {                      \
    ::penstock::sdk::shown(#NAME), &OWNER::NAME \
  }
#define PENSTOCK_ENUMERATOR(OWNER, NAME)       \
  ::penstock::sdk::Enumerator<OWNER> {         \
    ::penstock::sdk::shown(#NAME), OWNER::NAME \
  }

#define PENSTOCK_FIELDS(STRUCT, ...)                                       \
  [[maybe_unused]] inline constexpr auto penstock_fields(const STRUCT*) {  \
    return std::tuple{PENSTOCK_EACH(PENSTOCK_FIELD, STRUCT, __VA_ARGS__)}; \
  }

#define PENSTOCK_ENUM(ENUM, ...)                                              \
  [[maybe_unused]] inline constexpr auto penstock_enumerators(const ENUM*) {  \
    return std::array{PENSTOCK_EACH(PENSTOCK_ENUMERATOR, ENUM, __VA_ARGS__)}; \
  }
