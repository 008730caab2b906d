// Trivially copyable structs with named fields, which travel as they lie in memory: their
// description and the check of what arrives. Fields are bools, integers, floats, named enums,
// char[n] as text, and arrays of these; every byte that is not padding belongs to a named field.
#pragma once

#include <penstock/errors.hpp>
#include <penstock/fields.hpp>

#include <concepts>
#include <cstring>

namespace penstock PENSTOCK_HIDDEN {
namespace sdk {

template <class T>
concept Number = (std::integral<T> && !std::same_as<T, bool> && sizeof(T) <= 8) ||
                 std::same_as<T, float> || std::same_as<T, double>;

template <class T>
concept PackedValue = Number<T> || std::same_as<T, bool> || std::is_enum_v<T>;

// What one field is made of: its scalar, and how many of them.
template <class T>
struct PackedShape {
  using Scalar = T;
  static constexpr std::size_t count = 1;
  static constexpr bool array = false;
};
template <class T, std::size_t N>
struct PackedShape<T[N]> {
  using Scalar = T;
  static constexpr std::size_t count = N;
  static constexpr bool array = true;
};
template <class T, std::size_t N>
struct PackedShape<std::array<T, N>> : PackedShape<T[N]> {};

template <class T>
concept PackedFieldType = PackedValue<typename PackedShape<T>::Scalar>;

template <class T>
constexpr bool has_packed_fields() {
  if constexpr (Named<T>) {
    return with_field_types<T>([]<class... V> { return (PackedFieldType<V> && ...); });
  } else {
    return false;
  }
}

template <class T>
concept Packed = has_packed_fields<T>() && std::is_trivially_copyable_v<T> && alignof(T) <= 16;

template <class T>
constexpr PackedScalar packed_scalar() {
  if constexpr (std::same_as<T, bool>) {
    return PackedScalar::boolean;
  } else if constexpr (std::same_as<T, float>) {
    return PackedScalar::f32;
  } else if constexpr (std::same_as<T, double>) {
    return PackedScalar::f64;
  } else if constexpr (std::is_enum_v<T>) {
    return packed_scalar<std::underlying_type_t<T>>();
  } else {
    constexpr int width = std::bit_width(sizeof(T)) - 1;
    constexpr PackedScalar first = std::is_signed_v<T> ? PackedScalar::i8 : PackedScalar::u8;
    return static_cast<PackedScalar>(static_cast<int>(first) + width);
  }
}

template <class Owner, class Value>
std::size_t offset_of(Value Owner::*member) {
  std::ptrdiff_t offset = 0;  // what a pointer to a data member is in the common C++ ABI
  static_assert(sizeof member == sizeof offset);
  std::memcpy(&offset, &member, sizeof offset);
  return static_cast<std::size_t>(offset);
}

// Throws std::logic_error for a struct that has more in it than its named fields.
template <Packed T>
Type packed_type() {
  Type type;
  type.kind = TypeKind::packed;
  type.size = sizeof(T);
  std::size_t end = 0;
  const auto no_hole = [&](std::size_t next, std::size_t alignment) {
    if (next < end || next - end >= alignment) {
      throw std::logic_error("PENSTOCK_FIELDS does not name every field of a struct, in order: " +
                             std::to_string(next - end) + " bytes at offset " +
                             std::to_string(end) + " belong to none");
    }
  };
  const auto add = [&]<class V>(const Field<T, V>& field) {
    using Shape = PackedShape<V>;
    using Scalar = typename Shape::Scalar;
    static_assert(!std::is_enum_v<Scalar> || NamedEnum<Scalar>,
                  "penstock: name the values of this enum with PENSTOCK_ENUM(Enum, value, ...)");
    const bool chars = Shape::array && std::same_as<Scalar, char>;
    PackedField packed{std::string(field.name),
                       chars ? PackedScalar::chars : packed_scalar<Scalar>(),
                       Shape::array && !chars, Shape::count, offset_of(field.member)};
    no_hole(packed.offset, alignof(V));
    end = packed.offset + sizeof(V);
    type.fields.push_back(std::move(packed));
  };
  std::apply([&](const auto&... field) { (add(field), ...); }, fields_of<T>());
  no_hole(sizeof(T), alignof(T));
  return type;
}

// The value as it lies in `bytes`, which begin on a multiple of 16. Throws Malformed if the size is
// another one, or a bool or an enum in it has none of its values.
template <Packed T>
const T& packed_view(Bytes bytes) {
  if (bytes.size() != sizeof(T)) {
    throw Malformed("a packed struct of " + std::to_string(sizeof(T)) + " bytes arrived with " +
                    std::to_string(bytes.size()));
  }
  const auto check = [&]<class V>(const Field<T, V>& field) {
    using Shape = PackedShape<V>;
    using Scalar = typename Shape::Scalar;
    if constexpr (std::same_as<Scalar, bool> || std::is_enum_v<Scalar>) {
      using Raw = typename std::conditional_t<std::is_enum_v<Scalar>, std::underlying_type<Scalar>,
                                              std::type_identity<unsigned char>>::type;
      const std::byte* at = bytes.data() + offset_of(field.member);
      for (std::size_t i = 0; i != Shape::count; ++i, at += sizeof(Raw)) {
        Raw raw;
        std::memcpy(&raw, at, sizeof raw);
        bool good = false;
        if constexpr (std::is_enum_v<Scalar>) {
          for (const auto& one : enumerators_of<Scalar>()) {
            good = good || static_cast<Raw>(one.value) == raw;
          }
        } else {
          good = raw <= 1;
        }
        if (!good) {
          throw Malformed("field '" + std::string(field.name) + "' arrived with " +
                          std::to_string(raw) + ", which is none of its values");
        }
      }
    }
  };
  std::apply([&](const auto&... field) { (check(field), ...); }, fields_of<T>());
  return *reinterpret_cast<const T*>(bytes.data());
}

}  // namespace sdk
}  // namespace penstock
