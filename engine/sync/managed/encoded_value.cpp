#include "sync/managed/encoded_value.hpp"

#include <penstock/cbor.hpp>

#include <algorithm>
#include <cmath>
#include <compare>
#include <cstdint>
#include <optional>

namespace penstock::sync {
namespace {

constexpr int kDeepest = 64;
__extension__ typedef __int128 Wide;

Wide wide(Integer number) {
  const Wide value = static_cast<Wide>(number.magnitude);
  return number.negative ? -1 - value : value;
}

int rank(DatumKind kind) {
  switch (kind) {
    case DatumKind::null:
      return 0;
    case DatumKind::boolean:
      return 1;
    case DatumKind::integer:
    case DatumKind::real:
      return 2;
    case DatumKind::text:
      return 3;
    case DatumKind::bytes:
      return 4;
    case DatumKind::list:
      return 5;
    default:
      return 6;
  }
}

std::strong_ordering order_numbers(const CborHead& a, const CborHead& b) {
  if (a.kind == DatumKind::integer && b.kind == DatumKind::integer) {
    return wide(a.integer) <=> wide(b.integer);
  }
  const auto real = [](const CborHead& head) {  // wide enough for every 64-bit number
    return head.kind == DatumKind::integer ? static_cast<long double>(wide(head.integer))
                                           : static_cast<long double>(head.real);
  };
  const long double x = real(a);
  const long double y = real(b);
  if (std::isnan(x) || std::isnan(y)) return std::isnan(x) <=> std::isnan(y);
  return x < y ? std::strong_ordering::less
               : (y < x ? std::strong_ordering::greater : std::strong_ordering::equal);
}

// Both are whole. Deeper down than any value that is meant, bytes decide.
std::strong_ordering order(CborReader& a, CborReader& b, int depth) {
  if (depth == kDeepest) {
    const auto rest = [](CborReader& reader) {
      const auto* from = reinterpret_cast<const char*>(reader.position());
      reader.skip();
      const auto* to = reinterpret_cast<const char*>(reader.position());
      return std::string_view(from, static_cast<std::size_t>(to - from));
    };
    return rest(a) <=> rest(b);
  }
  CborHead x;
  CborHead y;
  a.next(x);
  b.next(y);
  if (const auto kinds = rank(x.kind) <=> rank(y.kind); kinds != 0) return kinds;
  switch (x.kind) {
    case DatumKind::boolean:
      return x.boolean <=> y.boolean;
    case DatumKind::integer:
    case DatumKind::real:
      return order_numbers(x, y);
    case DatumKind::text:
    case DatumKind::bytes:
      return x.content <=> y.content;
    case DatumKind::list:
    case DatumKind::map:
      break;
    default:
      return std::strong_ordering::equal;
  }
  const std::size_t items = x.kind == DatumKind::map ? 2 : 1;
  for (std::size_t i = 0; i != items * std::min(x.count, y.count); ++i) {
    if (const auto element = order(a, b, depth + 1); element != 0) return element;
  }
  return x.count <=> y.count;
}

bool is_value(std::string_view bytes) {
  CborReader reader(as_bytes(bytes));
  return reader.skip() && reader.done();
}

std::optional<CborHead> number(std::string_view bytes) {
  CborReader reader(as_bytes(bytes));
  CborHead head;
  if (!reader.next(head) || !reader.done() || rank(head.kind) != 2) return std::nullopt;
  return head;
}

std::string encoded(Wide value) {
  std::string bytes;
  CborWriter out(bytes);
  if (value < 0) {
    out.integer(static_cast<std::int64_t>(value));
  } else {
    out.natural(static_cast<std::uint64_t>(value));
  }
  return bytes;
}

}  // namespace

bool comes_before(std::string_view a, std::string_view b) {
  const bool good_a = is_value(a);
  const bool good_b = is_value(b);
  if (good_a != good_b) return good_a;
  if (!good_a) return a < b;
  CborReader x(as_bytes(a));
  CborReader y(as_bytes(b));
  return order(x, y, 0) < 0;
}

Sum add(std::string_view a, std::string_view b, std::string_view lowest, std::string_view highest) {
  const auto x = number(a);
  const auto y = number(b);
  if (!x || !y) return {{}, "it is no number, and so nothing can be added to it"};
  if (x->kind == DatumKind::integer && y->kind == DatumKind::integer) {
    const auto low = number(lowest);
    const auto high = number(highest);
    const auto whole = [](const auto& head) { return head && head->kind == DatumKind::integer; };
    if (!whole(low) || !whole(high)) return {{}, "the bounds of a whole number are none"};
    const Wide sum = wide(x->integer) + wide(y->integer);
    if (sum < std::max<Wide>(wide(low->integer), INT64_MIN) ||
        sum > std::min<Wide>(wide(high->integer), UINT64_MAX)) {
      return {{}, "the sum would be beyond what its type can hold"};
    }
    return {encoded(sum), {}};
  }
  const auto real = [](const CborHead& head) {
    return head.kind == DatumKind::integer ? head.integer.to_real() : head.real;
  };
  Sum sum;
  CborWriter(sum.bytes).real(real(*x) + real(*y));
  return sum;
}

}  // namespace penstock::sync
