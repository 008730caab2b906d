// CBOR (RFC 8949) as far as plugins exchange it: definite lengths, text keys, tags passed over.
// Writer and reader are views on bytes that others own, for one thread at a time. The reader never
// reads out of bounds and never believes a length: it fails, with the reason, and does not throw.
#pragma once

#include <penstock/type.hpp>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

static_assert(std::endian::native == std::endian::little,
              "values travel in little endian order; this machine has another");

namespace penstock PENSTOCK_HIDDEN {

class PENSTOCK_TYPE CborWriter {
 public:
  // Appends to `out`, which has to outlive the writer.
  explicit CborWriter(std::string& out) : out_(out) {}

  void null() { out_ += '\xf6'; }
  void boolean(bool value) { out_ += value ? '\xf5' : '\xf4'; }
  void natural(std::uint64_t value) { head(0, value); }

  void integer(std::int64_t value) {
    if (value < 0) {
      head(1, ~static_cast<std::uint64_t>(value));
    } else {
      head(0, static_cast<std::uint64_t>(value));
    }
  }

  void real(double value) {
    out_ += '\xfb';
    big_endian(std::bit_cast<std::uint64_t>(value), 8);
  }

  void text(std::string_view value) {
    head(3, value.size());
    out_ += value;
  }

  void bytes(Bytes value) {
    head(2, value.size());
    out_ += as_text(value);
  }

  void list(std::size_t elements) { head(4, elements); }  // followed by that many items
  void map(std::size_t entries) { head(5, entries); }     // followed by key, value, key, value, ...
  void item(Bytes encoded) { out_ += as_text(encoded); }  // one whole item, as it is

 private:
  void head(unsigned major, std::uint64_t value) {
    const auto lead = [&](unsigned low) { out_ += static_cast<char>((major << 5) | low); };
    if (value < 24) {
      lead(static_cast<unsigned>(value));
    } else if (value <= 0xff) {
      lead(24);
      big_endian(value, 1);
    } else if (value <= 0xffff) {
      lead(25);
      big_endian(value, 2);
    } else if (value <= 0xffffffff) {
      lead(26);
      big_endian(value, 4);
    } else {
      lead(27);
      big_endian(value, 8);
    }
  }

  void big_endian(std::uint64_t value, std::size_t width) {
    value = __builtin_bswap64(value << (64 - 8 * width));
    char digits[8];
    std::memcpy(digits, &value, 8);
    out_.append(digits, width);
  }

  std::string& out_;
};

enum class DatumKind : std::uint8_t {
  null,
  boolean,
  integer,
  real,
  text,
  bytes,
  list,
  map,
  malformed,
};

inline std::string_view to_string(DatumKind kind) {
  constexpr std::array<std::string_view, 9> names{"null",  "bool", "int", "float",    "text",
                                                  "bytes", "list", "map", "malformed"};
  return names[static_cast<std::size_t>(kind)];
}

// A number without a home: int64_t and uint64_t both fit. If negative, its value is -1 - magnitude.
struct PENSTOCK_TYPE Integer {
  std::uint64_t magnitude = 0;
  bool negative = false;

  std::optional<std::int64_t> to_signed() const {
    if (magnitude > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
    const auto value = static_cast<std::int64_t>(magnitude);
    return negative ? -1 - value : value;
  }
  std::optional<std::uint64_t> to_unsigned() const {
    return negative ? std::nullopt : std::optional(magnitude);
  }
  double to_real() const {
    const auto value = static_cast<double>(magnitude);
    return negative ? -1.0 - value : value;
  }
  static Integer from(std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    return value < 0 ? Integer{~bits, true} : Integer{bits, false};
  }
};

// The beginning of an item: a whole one, except that the elements of a list or map follow.
struct PENSTOCK_TYPE CborHead {
  DatumKind kind = DatumKind::malformed;
  bool boolean = false;
  Integer integer;
  double real = 0;
  std::string_view content;  // text, bytes
  std::size_t count = 0;     // elements of a list, entries of a map
};

class PENSTOCK_TYPE CborReader {
 public:
  explicit CborReader(Bytes bytes)
      : at_(reinterpret_cast<const unsigned char*>(bytes.data())), end_(at_ + bytes.size()) {}

  const std::byte* position() const { return reinterpret_cast<const std::byte*>(at_); }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  bool done() const { return at_ == end_; }
  const char* error() const { return error_; }  // why `next` or `skip` was false

  bool next(CborHead& head) {
    unsigned lead = 0;
    std::uint64_t value = 0;
    do {  // a tag only comments on the item behind it
      if (at_ == end_) return fail("it ends too early");
      lead = *at_++;
      if (!argument(lead & 31, value)) return false;
    } while (lead >> 5 == 6);

    switch (lead >> 5) {
      case 0:
      case 1:
        head.kind = DatumKind::integer;
        head.integer = {value, lead >> 5 == 1};
        return true;
      case 2:
      case 3:
        if (value > left()) return fail("a text or bytes is longer than what is there");
        head.kind = lead >> 5 == 2 ? DatumKind::bytes : DatumKind::text;
        head.content = {reinterpret_cast<const char*>(at_), static_cast<std::size_t>(value)};
        at_ += value;
        return true;
      case 4:
      case 5:
        if (value > left() / (lead >> 5 == 4 ? 1 : 2)) {
          return fail("a list or map has more elements than bytes");
        }
        head.kind = lead >> 5 == 4 ? DatumKind::list : DatumKind::map;
        head.count = static_cast<std::size_t>(value);
        return true;
      default: return simple(lead & 31, value, head);
    }
  }

  // Passes over one whole item.
  bool skip() {
    CborHead head;
    for (std::size_t pending = 1; pending != 0; --pending) {
      if (!next(head)) return false;
      if (head.kind == DatumKind::list) pending += head.count;
      if (head.kind == DatumKind::map) pending += 2 * head.count;
      if (pending - 1 > left()) return fail("a list or map has more elements than bytes");
    }
    return true;
  }

 private:
  bool fail(const char* reason) {
    error_ = reason;
    return false;
  }

  bool argument(unsigned low, std::uint64_t& value) {
    if (low < 24) {
      value = low;
      return true;
    }
    if (low > 27) return fail("it has a length or a number of an unknown form");
    const std::size_t width = std::size_t{1} << (low - 24);
    if (width > left()) return fail("it ends too early");
    value = 0;
    for (std::size_t i = 0; i != width; ++i) value = value << 8 | *at_++;
    return true;
  }

  bool simple(unsigned low, std::uint64_t value, CborHead& head) {
    head.kind = DatumKind::real;
    switch (low) {
      case 20:
      case 21:
        head.kind = DatumKind::boolean;
        head.boolean = low == 21;
        return true;
      case 22:
      case 23: head.kind = DatumKind::null; return true;
      case 25: head.real = half(static_cast<unsigned>(value)); return true;
      case 26: head.real = std::bit_cast<float>(static_cast<std::uint32_t>(value)); return true;
      case 27: head.real = std::bit_cast<double>(value); return true;
      default: return fail("it has a simple value that is neither bool, null nor float");
    }
  }

  static double half(unsigned bits) {
    const int exponent = static_cast<int>(bits >> 10 & 31);
    const unsigned fraction = bits & 1023;
    double value = 0;
    if (exponent == 31) {
      value = fraction != 0 ? std::numeric_limits<double>::quiet_NaN()
                            : std::numeric_limits<double>::infinity();
    } else {
      value =
          exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(fraction + 1024, exponent - 25);
    }
    return (bits & 0x8000) != 0 ? -value : value;
  }

  const unsigned char* at_;
  const unsigned char* end_;
  const char* error_ = "";
};

}  // namespace penstock
