// C++ values as CBOR, and the type that each of them has on an edge. What may pass between tasks:
// bool, numbers, named enums (as int), text (std::string, std::string_view), bytes (Bytes,
// std::vector<std::byte>), Datum, std::optional, std::vector, std::array, std::map and
// std::unordered_map with text keys, std::tuple, std::pair, and structs with named fields of all
// these. Views that are read point into the input. Reading throws Malformed.
#pragma once

#include <penstock/convert.hpp>
#include <penstock/packed.hpp>

#include <map>
#include <unordered_map>

namespace penstock PENSTOCK_HIDDEN {
namespace sdk {

template <class T>
inline constexpr bool is_exchanged = false;  // depends on T, so that it speaks up when it is used

template <class T>
struct Codec {
  static_assert(is_exchanged<T>,
                "penstock: values of this type cannot pass between tasks. Name the fields of a "
                "struct behind it, PENSTOCK_FIELDS(Struct, field, ...), and the values of an enum, "
                "PENSTOCK_ENUM(Enum, value, ...); the keys of a map are std::string.");
};

// Stands while a value is being read on this thread, so that what is made by default within it
// costs nothing where it is about to be replaced.
class Reading {
 public:
  Reading() { ++depth_; }
  ~Reading() { --depth_; }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  static bool now() { return depth_ != 0; }

 private:
  static inline thread_local int depth_ = 0;
};

[[noreturn]] inline void malformed(DatumKind found, std::string_view wanted) {
  throw Malformed("a value of kind " + std::string(to_string(found)) + " arrived where " +
                  std::string(wanted) + " is declared");
}

inline CborHead take(CborReader& reader, DatumKind wanted) {
  CborHead head;
  if (!reader.next(head)) throw Malformed(std::string("a value is damaged: ") + reader.error());
  if (head.kind != wanted) malformed(head.kind, to_string(wanted));
  return head;
}

template <class T>
T narrow(Integer number) {
  if constexpr (std::is_unsigned_v<T>) {
    const std::optional<std::uint64_t> wide = number.to_unsigned();
    if (wide && *wide <= std::numeric_limits<T>::max()) return static_cast<T>(*wide);
  } else {
    const std::optional<std::int64_t> wide = number.to_signed();
    if (wide && *wide >= std::numeric_limits<T>::min() && *wide <= std::numeric_limits<T>::max()) {
      return static_cast<T>(*wide);
    }
  }
  throw Malformed("a number does not fit into " + std::to_string(8 * sizeof(T)) + " bits" +
                  (std::is_unsigned_v<T> ? " without a sign" : ""));
}

template <NamedEnum E>
E enumerator(Integer number) {
  using Raw = std::underlying_type_t<E>;
  const Raw raw = narrow<Raw>(number);
  for (const auto& one : enumerators_of<E>()) {
    if (static_cast<Raw>(one.value) == raw) return one.value;
  }
  throw Malformed("a number is none of the values of an enum");
}

// The elements of a list behind its head, into anything that can be added to.
template <class Container, class Add>
void read_elements(Container& out, std::size_t count, Add add) {
  constexpr std::size_t believed = 1024;  // a lying length costs no more memory than this
  out.clear();
  if constexpr (requires { out.reserve(count); }) out.reserve(std::min(count, believed));
  for (std::size_t i = 0; i != count; ++i) add();
}

template <>
struct Codec<bool> {
  static std::string type(int) { return "bool"; }
  static void write(CborWriter& out, bool value) { out.boolean(value); }
  static void read(CborReader& in, bool& value) { value = take(in, DatumKind::boolean).boolean; }
};

template <Number T>
struct Codec<T> {
  static std::string type(int) { return std::integral<T> ? "int" : "float"; }

  static void write(CborWriter& out, T value) {
    if constexpr (std::floating_point<T>) {
      out.real(value);
    } else if constexpr (std::is_unsigned_v<T>) {
      out.natural(value);
    } else {
      out.integer(value);
    }
  }

  static void read(CborReader& in, T& value) {
    if constexpr (std::integral<T>) {
      value = narrow<T>(take(in, DatumKind::integer).integer);
    } else {
      CborHead head;
      if (!in.next(head)) throw Malformed(std::string("a value is damaged: ") + in.error());
      if (head.kind == DatumKind::integer) {
        value = static_cast<T>(head.integer.to_real());
      } else if (head.kind == DatumKind::real) {
        value = static_cast<T>(head.real);
      } else {
        malformed(head.kind, "a float");
      }
    }
  }
};

template <NamedEnum E>
struct Codec<E> {
  static std::string type(int) { return "int"; }
  static void write(CborWriter& out, E value) {
    Codec<std::underlying_type_t<E>>::write(out, static_cast<std::underlying_type_t<E>>(value));
  }
  static void read(CborReader& in, E& value) {
    value = enumerator<E>(take(in, DatumKind::integer).integer);
  }
};

template <class T>
requires std::same_as<T, std::string> || std::same_as<T, std::string_view>
struct Codec<T> {
  static std::string type(int) { return "text"; }
  static void write(CborWriter& out, const T& value) { out.text(value); }
  static void read(CborReader& in, T& value) { value = take(in, DatumKind::text).content; }
};

template <std::size_t N>
struct Codec<char[N]> {
  static std::string type(int) { return "text"; }
  static void write(CborWriter& out, const char (&value)[N]) {
    out.text({value, ::strnlen(value, N)});
  }
  static void read(CborReader& in, char (&value)[N]) {
    const std::string_view text = take(in, DatumKind::text).content;
    if (text.size() > N) throw Malformed("a text is longer than " + std::to_string(N) + " bytes");
    std::memset(value, 0, N);
    std::memcpy(value, text.data(), text.size());
  }
};

template <class T>
requires std::same_as<T, Bytes> || std::same_as<T, std::vector<std::byte>>
struct Codec<T> {
  static std::string type(int) { return "bytes"; }
  static void write(CborWriter& out, const T& value) { out.bytes(value); }
  static void read(CborReader& in, T& value) {
    CborHead head;
    if (!in.next(head)) throw Malformed(std::string("a value is damaged: ") + in.error());
    if (head.kind != DatumKind::text && head.kind != DatumKind::bytes) {
      malformed(head.kind, "bytes");
    }
    const Bytes content = as_bytes(head.content);
    value = T(content.begin(), content.end());
  }
};

template <>
struct Codec<Datum> {
  static std::string type(int) { return "any"; }
  static void write(std::string& out, const Datum& value) { Conversion(out).put(Type{}, value, 0); }
  static void write(CborWriter& out, const Datum& value) {
    std::string item;
    write(item, value);
    out.item(as_bytes(item));
  }
  static void read(CborReader& in, Datum& value) {
    const std::byte* start = in.position();
    if (!in.skip()) throw Malformed(std::string("a value is damaged: ") + in.error());
    value = Datum::cbor({start, in.position()});
  }
};

template <class T>
struct Codec<std::optional<T>> {
  static std::string type(int depth) { return "optional<" + Codec<T>::type(depth) + ">"; }
  static void write(CborWriter& out, const std::optional<T>& value) {
    value ? Codec<T>::write(out, *value) : out.null();
  }
  static void read(CborReader& in, std::optional<T>& value) {
    CborReader ahead = in;
    CborHead head;
    if (ahead.next(head) && head.kind == DatumKind::null) {
      in = ahead;
      value.reset();
    } else {
      Codec<T>::read(in, value.emplace());
    }
  }
};

template <class T>
requires(!std::same_as<T, std::byte>) struct Codec<std::vector<T>> {
  static std::string type(int depth) { return "list<" + Codec<T>::type(depth) + ">"; }
  static void write(CborWriter& out, const std::vector<T>& value) {
    out.list(value.size());
    for (const auto& element : value) Codec<T>::write(out, element);
  }
  static void read(CborReader& in, std::vector<T>& value) {
    read_elements(value, take(in, DatumKind::list).count, [&] {
      T element{};
      Codec<T>::read(in, element);
      value.push_back(std::move(element));
    });
  }
};

template <class T, std::size_t N>
struct Codec<T[N]> {
  static std::string type(int depth) { return "list<" + Codec<T>::type(depth) + ">"; }
  static void write(CborWriter& out, const T (&value)[N]) {
    out.list(N);
    for (const T& element : value) Codec<T>::write(out, element);
  }
  static void read(CborReader& in, T (&value)[N]) {
    const std::size_t count = take(in, DatumKind::list).count;
    if (count != N) throw Malformed("a list does not have " + std::to_string(N) + " elements");
    for (T& element : value) Codec<T>::read(in, element);
  }
};

template <class T, std::size_t N>
struct Codec<std::array<T, N>> {
  using Native = T[N];
  static std::string type(int depth) { return Codec<Native>::type(depth); }
  static void write(CborWriter& out, const std::array<T, N>& value) {
    Codec<Native>::write(out, reinterpret_cast<const Native&>(value));
  }
  static void read(CborReader& in, std::array<T, N>& value) {
    Codec<Native>::read(in, reinterpret_cast<Native&>(value));
  }
};

template <class Map>
struct MapCodec {
  using Value = typename Map::mapped_type;
  static std::string type(int depth) { return "map<" + Codec<Value>::type(depth) + ">"; }
  static void write(CborWriter& out, const Map& value) {
    out.map(value.size());
    for (const auto& [key, mapped] : value) {
      out.text(key);
      Codec<Value>::write(out, mapped);
    }
  }
  static void read(CborReader& in, Map& value) {
    read_elements(value, take(in, DatumKind::map).count, [&] {
      const std::string_view key = take(in, DatumKind::text).content;
      Codec<Value>::read(in, value[typename Map::key_type(key)]);
    });
  }
};
template <class T, class Less, class Allocator>
struct Codec<std::map<std::string, T, Less, Allocator>>
    : MapCodec<std::map<std::string, T, Less, Allocator>> {};
template <class T, class Hash, class Equal, class Allocator>
struct Codec<std::unordered_map<std::string, T, Hash, Equal, Allocator>>
    : MapCodec<std::unordered_map<std::string, T, Hash, Equal, Allocator>> {};

template <class Tuple, class... T>
struct TupleCodec {
  static std::string type(int depth) {
    std::string text;
    ((text += (text.empty() ? "tuple<" : ",") + Codec<T>::type(depth)), ...);
    return text + ">";
  }
  static void write(CborWriter& out, const Tuple& value) {
    out.list(sizeof...(T));
    std::apply([&](const T&... element) { (Codec<T>::write(out, element), ...); }, value);
  }
  static void read(CborReader& in, Tuple& value) {
    if (take(in, DatumKind::list).count != sizeof...(T)) {
      throw Malformed("a tuple does not have " + std::to_string(sizeof...(T)) + " elements");
    }
    std::apply([&](T&... element) { (Codec<T>::read(in, element), ...); }, value);
  }
};
template <class... T>
struct Codec<std::tuple<T...>> : TupleCodec<std::tuple<T...>, T...> {
  static_assert(sizeof...(T) != 0, "penstock: an empty tuple carries nothing");
};
template <class A, class B>
struct Codec<std::pair<A, B>> : TupleCodec<std::pair<A, B>, A, B> {};

}  // namespace sdk
}  // namespace penstock
