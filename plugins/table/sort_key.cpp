#include "table/sort_key.hpp"

#include <penstock/errors.hpp>

namespace penstock::table {
namespace {

enum Rank : char { null_rank = 1, boolean_rank, number_rank, content_rank, nested_rank };

template <class Unsigned>
void append_big_endian(std::string& out, Unsigned bits) {
  for (int shift = 8 * sizeof bits - 8; shift >= 0; shift -= 8) {
    out += static_cast<char>(bits >> shift & 0xff);
  }
}

// The nearest double, and what is left for an int that no double is: both in order.
void append_number(std::string& out, double nearest, int rest) {
  constexpr std::uint64_t sign = std::uint64_t{1} << 63;
  if (nearest == 0) nearest = 0;  // without its sign
  if (std::isnan(nearest)) nearest = std::numeric_limits<double>::quiet_NaN();
  const auto bits = std::bit_cast<std::uint64_t>(nearest);
  out += number_rank;
  append_big_endian(out, (bits & sign) != 0 ? ~bits : bits | sign);
  append_big_endian(out, static_cast<std::uint16_t>(rest + 0x8000));
}

void append_integer(std::string& out, Integer number) {
  __extension__ using Wide = __int128;
  const Wide exact = number.negative ? -1 - Wide(number.magnitude) : Wide(number.magnitude);
  const auto nearest = static_cast<double>(exact);
  append_number(out, nearest, static_cast<int>(exact - static_cast<Wide>(nearest)));
}

// A zero in it becomes two bytes, and what ends it is less than anything that may follow.
void append_content(std::string& out, Rank rank, std::string_view content) {
  out += rank;
  for (std::size_t zero = 0; (zero = content.find('\0')) != content.npos;) {
    out += content.substr(0, zero + 1);
    out += '\xff';
    content.remove_prefix(zero + 1);
  }
  out += content;
  out.append(2, '\0');
}

}  // namespace

void append_sort_key(std::string& out, const Datum& value) {
  switch (value.kind()) {
    case DatumKind::null:
      out += null_rank;
      return;
    case DatumKind::boolean:
      out += boolean_rank;
      out += value.boolean() ? '\1' : '\0';
      return;
    case DatumKind::integer:
      return append_integer(out, value.number());
    case DatumKind::real:
      return append_number(out, value.real(), 0);
    case DatumKind::text:
    case DatumKind::bytes:
      return append_content(out, content_rank, as_text(value.bytes()));
    case DatumKind::list:
    case DatumKind::map:
    case DatumKind::malformed:
      break;
  }
  const std::optional<Bytes> encoded = value.encoded();
  if (!encoded) throw Malformed("a field of a record is damaged");
  append_content(out, nested_rank, as_text(*encoded));
}

}  // namespace penstock::table
