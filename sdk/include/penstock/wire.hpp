// How a C++ value lies in an item: native numbers, text, bytes and packed structs as they are,
// everything else as one CBOR item. Wire<T> names the type, reads a value (a view where one is
// possible, into the item's bytes) and hands over the bytes of one. A type with an encoding of its
// own specialises it. Reading throws Malformed.
#pragma once

#include <penstock/record.hpp>

namespace penstock PENSTOCK_HIDDEN {
namespace sdk {

template <class T>
struct Wire {
  static std::string type() { return Codec<T>::type(0); }

  static T decode(Bytes bytes) {
    const Reading reading;
    CborReader reader(bytes);
    T value{};
    Codec<T>::read(reader, value);
    if (!reader.done()) throw Malformed("something follows where a value should end");
    return value;
  }

  // Calls send(Bytes) with the encoded value, which lives until that returns.
  template <class Send>
  static void encode(const T& value, std::string& scratch, Send send) {
    scratch.clear();
    CborWriter writer(scratch);
    Codec<T>::write(writer, value);
    send(as_bytes(scratch));
  }
};

template <class T>
T load_native(Bytes bytes) {
  if (bytes.size() != sizeof(T)) {
    throw Malformed("a value of " + std::to_string(sizeof(T)) + " bytes arrived with " +
                    std::to_string(bytes.size()));
  }
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

template <class T, class Send>
void send_native(T value, Send send) {
  send(std::as_bytes(std::span(&value, 1)));
}

template <>
struct Wire<bool> {
  static std::string type() { return "bool"; }
  static bool decode(Bytes bytes) {
    const auto value = load_native<std::uint8_t>(bytes);
    if (value > 1) throw Malformed("a bool arrived that is neither 0 nor 1");
    return value == 1;
  }
  template <class Send>
  static void encode(bool value, std::string&, Send send) {
    send_native<std::uint8_t>(value ? 1 : 0, send);
  }
};

template <Number T>
struct Wire<T> {
  using Native = std::conditional_t<std::integral<T>, std::int64_t, double>;

  static std::string type() { return Codec<T>::type(0); }

  static T decode(Bytes bytes) {
    const auto value = load_native<Native>(bytes);
    if constexpr (std::integral<T>) {
      return narrow<T>(Integer::from(value));
    } else {
      return static_cast<T>(value);
    }
  }

  template <class Send>
  static void encode(T value, std::string&, Send send) {
    if constexpr (std::is_unsigned_v<T> && sizeof(T) == 8) {
      if (value > std::numeric_limits<std::int64_t>::max()) {
        throw std::range_error("a number is beyond what an int carries: " + std::to_string(value));
      }
    }
    send_native(static_cast<Native>(value), send);
  }
};

template <NamedEnum E>
struct Wire<E> {
  static std::string type() { return "int"; }
  static E decode(Bytes bytes) {
    return enumerator<E>(Integer::from(load_native<std::int64_t>(bytes)));
  }
  template <class Send>
  static void encode(E value, std::string&, Send send) {
    send_native(static_cast<std::int64_t>(value), send);
  }
};

template <class T>
requires std::same_as<T, std::string> || std::same_as<T, std::string_view>
struct Wire<T> {
  static std::string type() { return "text"; }
  static T decode(Bytes bytes) { return T(as_text(bytes)); }
  template <class Send>
  static void encode(std::string_view value, std::string&, Send send) {
    send(as_bytes(value));
  }
};

template <class T>
requires std::same_as<T, Bytes> || std::same_as<T, std::vector<std::byte>>
struct Wire<T> {
  static std::string type() { return "bytes"; }
  static T decode(Bytes bytes) { return T(bytes.begin(), bytes.end()); }
  template <class Send>
  static void encode(Bytes value, std::string&, Send send) {
    send(value);
  }
};

template <Packed T>
struct Wire<T> {
  static std::string type() { return to_string(packed_type<T>()); }
  static const T& decode(Bytes bytes) { return packed_view<T>(bytes); }
  template <class Send>
  static void encode(const T& value, std::string&, Send send) {
    send(std::as_bytes(std::span(&value, 1)));
  }
};

template <>
struct Wire<Datum> {
  static std::string type() { return "any"; }
  static Datum decode(Bytes bytes) { return Datum::cbor(bytes); }
  template <class Send>
  static void encode(const Datum& value, std::string& scratch, Send send) {
    if (const std::optional<Bytes> encoded = value.encoded()) return send(*encoded);
    scratch.clear();
    Codec<Datum>::write(scratch, value);
    send(as_bytes(scratch));
  }
};

// How the emitting side is written: what is text or bytes is taken as a view.
template <class T>
struct WireArgument {
  using type = const T&;
};
template <>
struct WireArgument<std::string> {
  using type = std::string_view;
};
template <>
struct WireArgument<std::vector<std::byte>> {
  using type = Bytes;
};

}  // namespace sdk
}  // namespace penstock
