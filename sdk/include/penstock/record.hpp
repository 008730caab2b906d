// Structs with named fields as CBOR maps: they are shown as JSON and read from other languages.
// What is read may carry more fields, in any order; only an optional one may be missing. Throws
// Malformed, with the field's name.
#pragma once

#include <penstock/codec.hpp>

namespace penstock PENSTOCK_HIDDEN {
namespace sdk {

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <Named T>
struct Codec<T> {
  static constexpr auto fields = fields_of<T>();
  static constexpr std::size_t count = std::tuple_size_v<decltype(fields)>;
  static_assert(std::is_default_constructible_v<T>,
                "penstock: a struct that is read from an item needs a default constructor");

  static std::string type(int depth) {
    if (depth == max_depth) {
      throw std::logic_error("a struct that contains itself cannot be described: use Datum");
    }
    std::string text = "record{";
    const auto add = [&]<class V>(const Field<T, V>& field) {
      if (text.back() != '{') text += ',';
      text += field.name;
      text += ':';
      text += Codec<V>::type(depth + 1);
    };
    std::apply([&](const auto&... field) { (add(field), ...); }, fields);
    return text + "}";
  }

  static void write(CborWriter& out, const T& value) {
    out.map(count);
    const auto put = [&]<class V>(const Field<T, V>& field) {
      out.text(field.name);
      Codec<V>::write(out, value.*field.member);
    };
    std::apply([&](const auto&... field) { (put(field), ...); }, fields);
  }

  static void read(CborReader& in, T& value) {
    std::array<bool, count> seen{};
    for (std::size_t left = take(in, DatumKind::map).count; left != 0; --left) {
      const std::string_view key = take(in, DatumKind::text).content;
      std::size_t index = 0;
      const auto get = [&]<class V>(const Field<T, V>& field) {
        if (field.name != key) {
          ++index;
          return false;
        }
        seen[index] = true;
        try {
          Codec<V>::read(in, value.*field.member);
        } catch (const Malformed& failure) {
          throw Malformed("field '" + std::string(field.name) + "': " + failure.what());
        }
        return true;
      };
      const bool known = std::apply([&](const auto&... f) { return (get(f) || ...); }, fields);
      if (!known && !in.skip()) throw Malformed(std::string("a value is damaged: ") + in.error());
    }
    std::size_t index = 0;
    const auto complete = [&]<class V>(const Field<T, V>& field) {
      if (seen[index++]) return;
      if constexpr (IsOptional<V>::value) {
        (value.*field.member).reset();
      } else {
        throw Malformed("field '" + std::string(field.name) + "' is missing");
      }
    };
    std::apply([&](const auto&... field) { (complete(field), ...); }, fields);
  }
};

}  // namespace sdk
}  // namespace penstock
