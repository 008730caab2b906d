// The types of what passes along an edge, as values: parsed from and printed in the grammar of
// <penstock/plugin.h>, and compared by structure. Plain values, for engine and plugins alike; may
// be used from any thread. A text that is not a type is refused with the reason, nothing here
// throws.
#pragma once

#include <penstock/plugin.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What authors hold in structs and lambdas of theirs has to be as visible as those are. It has no
// state that plugins could come to share; what has is hidden, with everything else.
#define PENSTOCK_TYPE PENSTOCK_EXPORT

namespace penstock PENSTOCK_HIDDEN {

using Bytes = std::span<const std::byte>;

inline Bytes as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

enum class TypeKind : std::uint8_t {
  any,
  null,
  boolean,
  integer,
  real,
  text,
  bytes,
  list,
  map,
  tuple,
  optional,
  record,
  packed,
};

enum class PackedScalar : std::uint8_t {
  boolean,
  i8,
  i16,
  i32,
  i64,
  u8,
  u16,
  u32,
  u64,
  f32,
  f64,
  chars,
};

struct PENSTOCK_TYPE PackedField {
  std::string name;
  PackedScalar scalar = PackedScalar::boolean;
  bool array = false;     // chars are no array
  std::size_t count = 1;  // of an array: its length; of chars: bytes
  std::size_t offset = 0;

  bool operator==(const PackedField&) const = default;
};

struct PENSTOCK_TYPE Type {
  TypeKind kind = TypeKind::any;
  std::vector<Type> parts;          // list, map, optional: one; tuple, record: one each
  std::vector<std::string> names;   // record: one for each part
  std::vector<PackedField> fields;  // packed
  std::size_t size = 0;             // packed: bytes of the struct

  bool operator==(const Type&) const = default;
};

namespace sdk {

inline constexpr std::array<std::string_view, 7> plain_types{"any",   "null", "bool", "int",
                                                             "float", "text", "bytes"};
inline constexpr std::array<std::string_view, 11> packed_scalars{
    "bool", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f32", "f64"};
inline constexpr std::array<std::uint8_t, 12> packed_sizes{1, 1, 2, 4, 8, 1, 2, 4, 8, 4, 8, 1};

inline constexpr int max_depth = 64;
inline constexpr std::size_t max_packed_size = std::size_t{1} << 30;

}  // namespace sdk

inline std::size_t size_of(PackedScalar scalar) {
  return sdk::packed_sizes[static_cast<std::size_t>(scalar)];
}

inline std::size_t size_of(const PackedField& field) {
  return size_of(field.scalar) * field.count;
}

// What a field of a packed struct is to a reader who does not care how it is stored.
inline Type type_of(const PackedField& field) {
  Type type;
  switch (field.scalar) {
    case PackedScalar::boolean: type.kind = TypeKind::boolean; break;
    case PackedScalar::f32:
    case PackedScalar::f64: type.kind = TypeKind::real; break;
    case PackedScalar::chars: type.kind = TypeKind::text; break;
    default: type.kind = TypeKind::integer; break;
  }
  if (!field.array) return type;
  Type list;
  list.kind = TypeKind::list;
  list.parts.push_back(std::move(type));
  return list;
}

// True for a type whose values are one CBOR item.
inline bool travels_as_cbor(const Type& type) {
  return type.kind == TypeKind::any ||
         (type.kind >= TypeKind::list && type.kind != TypeKind::packed);
}

inline std::string to_string(const Type& type) {
  const auto joined = [&](std::string text, auto&& part, std::size_t count, char close) {
    for (std::size_t i = 0; i != count; ++i) {
      if (i != 0) text += ',';
      text += part(i);
    }
    return text += close;
  };
  const auto element = [&](std::size_t i) { return to_string(type.parts[i]); };
  switch (type.kind) {
    case TypeKind::list: return joined("list<", element, 1, '>');
    case TypeKind::map: return joined("map<", element, 1, '>');
    case TypeKind::optional: return joined("optional<", element, 1, '>');
    case TypeKind::tuple: return joined("tuple<", element, type.parts.size(), '>');
    case TypeKind::record:
      return joined(
          "record{", [&](std::size_t i) { return type.names[i] + ":" + to_string(type.parts[i]); },
          type.parts.size(), '}');
    case TypeKind::packed:
      return joined(
          "packed(" + std::to_string(type.size) + "){",
          [&](std::size_t i) {
            const PackedField& field = type.fields[i];
            const bool chars = field.scalar == PackedScalar::chars;
            std::string text = field.name + ":";
            text += chars ? "char" : sdk::packed_scalars[static_cast<std::size_t>(field.scalar)];
            if (chars || field.array) text += "[" + std::to_string(field.count) + "]";
            return text + "@" + std::to_string(field.offset);
          },
          type.fields.size(), '}');
    default: return std::string(sdk::plain_types[static_cast<std::size_t>(type.kind)]);
  }
}

namespace sdk {

class TypeParser {
 public:
  explicit TypeParser(std::string_view text) : rest_(text), whole_(text) {}

  std::optional<Type> parse(std::string* error) {
    Type type;
    bool good = take("packed(") ? packed(type) : value(type, 0);
    if (good && !rest_.empty()) good = expected("the end");
    if (good) return type;
    if (error != nullptr) *error = std::move(error_);
    return std::nullopt;
  }

 private:
  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  bool expected(std::string_view what) {
    if (error_.empty()) {
      error_ = "'" + std::string(whole_) + "' is not a type: " + std::string(what) +
               " is expected at character " + std::to_string(whole_.size() - rest_.size() + 1);
    }
    return false;
  }

  bool need(std::string_view word) { return take(word) || expected("'" + std::string(word) + "'"); }

  bool name(std::string& out) {
    const auto letter = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    std::size_t n = 0;
    while (n < rest_.size() &&
           (letter(rest_[n]) || (n != 0 && rest_[n] >= '0' && rest_[n] <= '9'))) {
      ++n;
    }
    if (n == 0) return expected("a name");
    out = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return true;
  }

  bool number(std::size_t& out) {
    const auto end = rest_.data() + rest_.size();
    const auto [stop, failure] = std::from_chars(rest_.data(), end, out);
    if (failure != std::errc{} || out > max_packed_size) return expected("a number");
    rest_.remove_prefix(static_cast<std::size_t>(stop - rest_.data()));
    return true;
  }

  bool value(Type& type, int depth) {
    if (depth == max_depth) return expected("less depth");
    const auto one = [&](TypeKind kind) {
      type.kind = kind;
      return value(type.parts.emplace_back(), depth + 1) && need(">");
    };
    if (take("list<")) return one(TypeKind::list);
    if (take("map<")) return one(TypeKind::map);
    if (take("optional<")) return one(TypeKind::optional);
    if (take("tuple<")) {
      type.kind = TypeKind::tuple;
      do {
        if (!value(type.parts.emplace_back(), depth + 1)) return false;
      } while (take(","));
      return need(">");
    }
    if (take("record{")) {
      type.kind = TypeKind::record;
      do {
        std::string field;
        if (!name(field) || !need(":")) return false;
        for (const std::string& other : type.names) {
          if (other == field) return expected("another field than a second '" + field + "'");
        }
        type.names.push_back(std::move(field));
        if (!value(type.parts.emplace_back(), depth + 1)) return false;
      } while (take(","));
      return need("}");
    }
    std::string word;
    const std::string_view before = rest_;
    if (name(word)) {
      for (std::size_t i = 0; i != plain_types.size(); ++i) {
        if (word == plain_types[i]) {
          type.kind = static_cast<TypeKind>(i);
          return true;
        }
      }
      rest_ = before;
    }
    error_.clear();
    return expected("a type such as int, text or list<int>");
  }

  bool packed(Type& type) {
    type.kind = TypeKind::packed;
    if (!number(type.size) || !need("){")) return false;
    do {
      PackedField field;
      if (!name(field.name) || !need(":") || !scalar(field) || !need("@")) return false;
      if (!number(field.offset)) return false;
      if (field.offset + size_of(field) > type.size) {
        return expected("a field '" + field.name + "' that ends within the struct");
      }
      for (const PackedField& other : type.fields) {
        if (other.name == field.name) {
          return expected("another field than a second '" + field.name + "'");
        }
      }
      type.fields.push_back(std::move(field));
    } while (take(","));
    return need("}");
  }

  bool scalar(PackedField& field) {
    if (take("char[")) {
      field.scalar = PackedScalar::chars;
      return number(field.count) && need("]");
    }
    for (std::size_t i = 0; i != packed_scalars.size(); ++i) {
      if (!take(packed_scalars[i])) continue;
      field.scalar = static_cast<PackedScalar>(i);
      field.array = take("[");
      return !field.array || (number(field.count) && need("]"));
    }
    return expected("a scalar such as i32, f64 or char[8]");
  }

  std::string_view rest_;
  std::string_view whole_;
  std::string error_;
};

}  // namespace sdk

// Nothing if the text is not a type; `*error` then says where and what is expected there.
inline std::optional<Type> parse_type(std::string_view text, std::string* error = nullptr) {
  return sdk::TypeParser(text).parse(error);
}

}  // namespace penstock
