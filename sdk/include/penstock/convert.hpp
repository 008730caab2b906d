// Turns a value of one type into another that accepts it (match.hpp), where the bytes cannot be
// taken as they are: an int into a float, a packed struct into a record, anything into `any`. Works
// on the caller's thread and buffer; damaged input, and a value that does not fit, end in a reason.
#pragma once

#include <penstock/datum.hpp>
#include <penstock/match.hpp>

namespace penstock PENSTOCK_HIDDEN {

namespace sdk {

class Conversion {
 public:
  explicit Conversion(std::string& out) : out_(out), cbor_(out) {}

  // The native or packed form of a value that stands alone.
  void put_alone(const Type& to, const Datum& from) {
    switch (to.kind) {
      case TypeKind::null: return;
      case TypeKind::boolean: out_ += from.boolean() ? '\1' : '\0'; return;
      case TypeKind::integer: put_raw(from.integer()); return;
      case TypeKind::real: put_raw(from.real()); return;
      case TypeKind::text: out_ += from.text(); return;
      case TypeKind::bytes: out_ += as_text(from.bytes()); return;
      case TypeKind::packed: put_packed(to, from); return;
      default: put(to, from, 0); return;
    }
  }

  // As CBOR, in the shape of `to`.
  void put(const Type& to, const Datum& from, int depth) {
    if (depth == max_depth) throw std::runtime_error("a value is more than 64 levels deep");
    switch (to.kind) {
      case TypeKind::any: put_any(from, depth); return;
      case TypeKind::null: cbor_.null(); return;
      case TypeKind::boolean: cbor_.boolean(from.boolean()); return;
      case TypeKind::integer: put_any(from, depth); return;
      case TypeKind::real: cbor_.real(from.real()); return;
      case TypeKind::text: cbor_.text(from.text()); return;
      case TypeKind::bytes: cbor_.bytes(from.bytes()); return;
      case TypeKind::optional:
        if (from.is_null()) return cbor_.null();
        return put(to.parts[0], from, depth + 1);
      case TypeKind::list:
        cbor_.list(from.size());
        for (const auto& [key, value] : from.elements()) put(to.parts[0], value, depth + 1);
        return;
      case TypeKind::map:
        cbor_.map(from.size());
        for (const auto& [key, value] : from.entries()) {
          cbor_.text(key);
          put(to.parts[0], value, depth + 1);
        }
        return;
      case TypeKind::tuple:
        cbor_.list(to.parts.size());
        for (std::size_t i = 0; i != to.parts.size(); ++i) put(to.parts[i], from[i], depth + 1);
        return;
      case TypeKind::record:
        cbor_.map(to.parts.size());
        for (std::size_t i = 0; i != to.parts.size(); ++i) {
          cbor_.text(to.names[i]);
          put(to.parts[i], from[to.names[i]], depth + 1);
        }
        return;
      case TypeKind::packed: throw std::runtime_error("a packed struct stands only alone");
    }
  }

 private:
  template <class T>
  void put_raw(T value) {
    out_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }

  void put_any(const Datum& from, int depth) {
    if (depth == max_depth) throw std::runtime_error("a value is more than 64 levels deep");
    switch (from.kind()) {
      case DatumKind::null: cbor_.null(); return;
      case DatumKind::boolean: cbor_.boolean(from.boolean()); return;
      case DatumKind::integer: {
        const Integer number = from.number();
        if (number.negative) return cbor_.integer(from.integer());
        return cbor_.natural(number.magnitude);
      }
      case DatumKind::real: cbor_.real(from.real()); return;
      case DatumKind::text: cbor_.text(from.text()); return;
      case DatumKind::bytes: cbor_.bytes(from.bytes()); return;
      case DatumKind::list:
        cbor_.list(from.size());
        for (const auto& [key, value] : from.elements()) put_any(value, depth + 1);
        return;
      case DatumKind::map:
        cbor_.map(from.size());
        for (const auto& [key, value] : from.entries()) {
          cbor_.text(key);
          put_any(value, depth + 1);
        }
        return;
      case DatumKind::malformed: from.boolean(); return;  // throws what is wrong
    }
  }

  void put_packed(const Type& to, const Datum& from) {
    const std::size_t base = out_.size();
    out_.resize(base + to.size);
    for (const PackedField& field : to.fields) {
      char* at = out_.data() + base + field.offset;
      const Datum value = from[field.name];
      if (!field.array) {
        store(field, at, value);
        continue;
      }
      if (value.size() != field.count) {
        throw std::runtime_error("field '" + field.name + "' has another number of elements");
      }
      for (const auto& [key, element] : value.elements()) {
        store(field, at, element);
        at += size_of(field.scalar);
      }
    }
  }

  void store(const PackedField& field, char* at, const Datum& value) {
    const auto set = [&](auto number) { std::memcpy(at, &number, sizeof number); };
    switch (field.scalar) {
      case PackedScalar::boolean: set(static_cast<std::uint8_t>(value.boolean())); return;
      case PackedScalar::i8: set(narrow<std::int8_t>(field, value)); return;
      case PackedScalar::i16: set(narrow<std::int16_t>(field, value)); return;
      case PackedScalar::i32: set(narrow<std::int32_t>(field, value)); return;
      case PackedScalar::i64: set(narrow<std::int64_t>(field, value)); return;
      case PackedScalar::u8: set(narrow<std::uint8_t>(field, value)); return;
      case PackedScalar::u16: set(narrow<std::uint16_t>(field, value)); return;
      case PackedScalar::u32: set(narrow<std::uint32_t>(field, value)); return;
      case PackedScalar::u64: set(narrow<std::uint64_t>(field, value)); return;
      case PackedScalar::f32: set(static_cast<float>(value.real())); return;
      case PackedScalar::f64: set(value.real()); return;
      case PackedScalar::chars: {
        const std::string_view text = value.text();
        if (text.size() > field.count) does_not_fit(field);
        std::memcpy(at, text.data(), text.size());
        return;
      }
    }
  }

  [[noreturn]] static void does_not_fit(const PackedField& field) {
    throw std::runtime_error("the value of field '" + field.name + "' does not fit");
  }

  template <class T>
  static T narrow(const PackedField& field, const Datum& value) {
    const Integer number = value.number();
    if constexpr (std::is_unsigned_v<T>) {
      const std::optional<std::uint64_t> wide = number.to_unsigned();
      if (!wide || *wide > std::numeric_limits<T>::max()) does_not_fit(field);
      return static_cast<T>(*wide);
    } else {
      const std::optional<std::int64_t> wide = number.to_signed();
      if (!wide || *wide < std::numeric_limits<T>::min() || *wide > std::numeric_limits<T>::max()) {
        does_not_fit(field);
      }
      return static_cast<T>(*wide);
    }
  }

  std::string& out_;
  CborWriter cbor_;
};

}  // namespace sdk

// Writes `value`, which is of type `from`, into `out` as a value of type `to`. What `out` held is
// gone; its data then begins on a multiple of 16. False, with the reason in `error`, if the value
// is damaged or does not fit. `to` has to accept `from`.
inline bool convert(const Type& to, const Type& from, Bytes value, std::string& out,
                    std::string& error) {
  out.clear();
  out.reserve(64);  // beyond what a string keeps inside itself: memory from new lies on 16
  try {
    sdk::Conversion(out).put_alone(to, Datum(from, value));
    return true;
  } catch (const std::exception& failure) {
    error = failure.what();
    return false;
  }
}

}  // namespace penstock
