// Which items belong together: a number for the key that was given to emit, or for a field of a
// record. Equal keys have equal numbers, in every process, on every machine and in every version;
// different ones are spread evenly over all 64 bits. Pure functions over bytes that may be damaged:
// they allocate nothing, read no byte out of bounds and do not throw.
//
// A field counts by its value, whatever way it is stored: 1, 1.0 and an i8 of 1 are equal, so are
// text and bytes of the same content, and lists and maps with equal elements in the same order. A
// field that is null, one that is not there, and a value that has no fields at all are one group.
#pragma once

#include <penstock/datum.hpp>

namespace penstock PENSTOCK_HIDDEN {

namespace sdk {

// A seed for each kind of value, so that true is not 1 and no text is a number.
enum class KeyKind : std::uint64_t {
  content = 0x2d358dccaa6c78a5,
  null = 0x8bb84b93962eacc9,
  boolean = 0x4b33a62ed433d4a3,
  natural = 0x4d5a2da51de1aa47,
  negative = 0xa0761d6478bd642f,
  fraction = 0xe7037ed1a0b428db,
  list = 0x90ed1765281c388c,
  map = 0x589965cc75374cc3,
};

// Both halves of a product, in which each bit of a and b has had its say.
inline std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

inline constexpr std::uint64_t fold_left = 0x9e3779b97f4a7c15;
inline constexpr std::uint64_t fold_right = 0xd1342543de82ef95;

inline std::uint64_t hash_number(KeyKind kind, std::uint64_t number) {
  const auto seed = static_cast<std::uint64_t>(kind);
  return fold(fold(number ^ seed, fold_left) ^ fold_right, seed);
}

inline std::uint64_t hash_content(Bytes bytes) {
  std::uint64_t state = bytes.size();
  while (!bytes.empty()) {
    const std::size_t step = std::min<std::size_t>(16, bytes.size());
    std::uint64_t words[2] = {0, 0};
    std::memcpy(words, bytes.data(), step);
    state = fold(words[0] ^ fold_left ^ state, words[1] ^ fold_right ^ std::rotl(state, 32));
    bytes = bytes.subspan(step);
  }
  return hash_number(KeyKind::content, state);
}

inline std::uint64_t hash_real(double value) {
  constexpr double beyond = 18446744073709551616.0;  // 2^64
  if (std::isnan(value)) return hash_number(KeyKind::fraction, 0);
  if (std::trunc(value) != value || value >= beyond || value < -beyond) {
    return hash_number(KeyKind::fraction, std::bit_cast<std::uint64_t>(value));
  }
  if (value >= 0) return hash_number(KeyKind::natural, static_cast<std::uint64_t>(value));
  if (value == -beyond) return hash_number(KeyKind::negative, UINT64_MAX);
  return hash_number(KeyKind::negative, static_cast<std::uint64_t>(-value) - 1);
}

// Of a list or map: without its elements. Nothing if it is damaged.
inline std::optional<std::uint64_t> hash_head(const Datum& value) {
  switch (value.kind()) {
    case DatumKind::null:
      return hash_number(KeyKind::null, 0);
    case DatumKind::boolean:
      return hash_number(KeyKind::boolean, value.boolean() ? 1 : 0);
    case DatumKind::integer: {
      const Integer number = value.number();
      return hash_number(number.negative ? KeyKind::negative : KeyKind::natural, number.magnitude);
    }
    case DatumKind::real:
      return hash_real(value.real());
    case DatumKind::text:
    case DatumKind::bytes:
      return hash_content(value.bytes());
    case DatumKind::list:
      return hash_number(KeyKind::list, value.size());
    case DatumKind::map:
      return hash_number(KeyKind::map, value.size());
    case DatumKind::malformed:
      return std::nullopt;
  }
  return std::nullopt;
}

inline std::uint64_t hash_next(std::uint64_t before, std::uint64_t element) {
  return fold(before ^ fold_left, element ^ fold_right);
}

// The whole item at the reader.
inline std::optional<std::uint64_t> hash_item(CborReader& reader) {
  std::optional<std::uint64_t> hash;
  for (std::size_t pending = 1; pending != 0; --pending) {
    const Datum item = Datum::next(reader);
    const std::optional<std::uint64_t> head = hash_head(item);
    if (!head) return std::nullopt;
    hash = hash ? hash_next(*hash, *head) : *head;
    if (item.kind() == DatumKind::list) pending += item.size();
    if (item.kind() == DatumKind::map) pending += 2 * item.size();
    if (pending - 1 > reader.left()) return std::nullopt;
  }
  return hash;
}

// A field of a packed struct: one value, or an array of such.
inline std::optional<std::uint64_t> hash_packed(const Datum& value) {
  std::optional<std::uint64_t> hash = hash_head(value);
  if (value.kind() != DatumKind::list) return hash;
  for (const Datum::Entry& entry : value.elements()) {
    const std::optional<std::uint64_t> element = hash_head(entry.value);
    if (!element) return std::nullopt;
    hash = hash_next(*hash, *element);
  }
  return hash;
}

}  // namespace sdk

// Of a key that was given to emit.
inline std::uint64_t key_hash(Bytes key) {
  return sdk::hash_content(key);
}

// Of the field of that name in a value of `type`. Nothing if the value is damaged, as far as it is
// read: up to the field.
inline std::optional<std::uint64_t> key_hash(const Type& type, Bytes value,
                                             std::string_view field) {
  const std::uint64_t none = sdk::hash_number(sdk::KeyKind::null, 0);
  if (type.kind == TypeKind::packed) {
    const Datum owner(type, value);
    if (owner.kind() != DatumKind::map) return std::nullopt;
    return sdk::hash_packed(owner[field]);
  }
  if (!travels_as_cbor(type)) return none;
  CborReader reader(value);
  CborHead head;
  if (!reader.next(head)) return std::nullopt;
  if (head.kind != DatumKind::map) return none;
  for (std::size_t left = head.count; left != 0; --left) {
    if (!reader.next(head) || head.kind != DatumKind::text) return std::nullopt;
    if (head.content == field) return sdk::hash_item(reader);
    if (!reader.skip()) return std::nullopt;
  }
  return none;
}

}  // namespace penstock
