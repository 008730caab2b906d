#include "table/tally.hpp"

#include <penstock/codec.hpp>

#include <algorithm>

namespace penstock::table {
namespace {

// All 64 bits of an int and all of a double are in it.
static_assert(std::numeric_limits<long double>::digits >= 64);

long double wide(Integer number) {
  const auto value = static_cast<long double>(number.magnitude);
  return number.negative ? -1 - value : value;
}

}  // namespace

bool Tally::takes(const Datum& value) {
  return value.kind() == DatumKind::integer ||
         (value.kind() == DatumKind::real && std::isfinite(value.real()));
}

Tally::Number Tally::Number::of(const Datum& datum) {
  Number number;
  number.real = datum.kind() == DatumKind::real;
  if (number.real) {
    number.value = datum.real();
  } else {
    number.integer = datum.number();
  }
  return number;
}

bool Tally::Number::operator<(const Number& other) const {
  return (real ? value : wide(integer)) < (other.real ? other.value : wide(other.integer));
}

void Tally::Number::write(CborWriter& out) const {
  if (real) {
    out.real(value);
  } else if (integer.negative) {
    // Below what 64 bits with a sign can hold no int is written.
    const std::optional<std::int64_t> small = integer.to_signed();
    small ? out.integer(*small) : out.real(integer.to_real());
  } else {
    out.natural(integer.magnitude);
  }
}

void Tally::add(const Datum& datum) {
  const Number number = Number::of(datum);
  if (number.real) {
    reals_.add(number.value);
    real_ = true;
  } else {
    const Wide magnitude = number.integer.magnitude;
    integers_ += number.integer.negative ? -1 - magnitude : magnitude;
  }
  if (empty_ || number < min_) min_ = number;
  if (empty_ || max_ < number) max_ = number;
  empty_ = false;
}

ExactSum Tally::total() const {
  ExactSum total = reals_;
  for (Wide rest = integers_; rest != 0;) {
    const auto part = static_cast<double>(rest);
    total.add(part);
    rest -= static_cast<Wide>(part);
  }
  return total;
}

void Tally::write_sum(CborWriter& out) const {
  if (!real_ && integers_ >= 0 && integers_ <= Wide(UINT64_MAX)) {
    out.natural(static_cast<std::uint64_t>(integers_));
  } else if (!real_ && integers_ < 0 && integers_ >= Wide(INT64_MIN)) {
    out.integer(static_cast<std::int64_t>(integers_));
  } else {
    out.real(total().rounded());
  }
}

void Tally::write_mean(CborWriter& out, std::uint64_t count) const {
  out.real(total().rounded() / static_cast<double>(count));
}

void Tally::write(CborWriter& out) const {
  out.boolean(real_);
  out.integer(static_cast<std::int64_t>(integers_ >> 64));
  out.natural(static_cast<std::uint64_t>(integers_));
  sdk::Codec<std::vector<double>>::write(out, reals_.parts());
  min_.write(out);
  max_.write(out);
}

void Tally::read(CborReader& in) {
  std::int64_t high = 0;
  std::uint64_t low = 0;
  std::vector<double> parts;
  sdk::Codec<bool>::read(in, real_);
  sdk::Codec<std::int64_t>::read(in, high);
  sdk::Codec<std::uint64_t>::read(in, low);
  sdk::Codec<std::vector<double>>::read(in, parts);
  integers_ = static_cast<Wide>(high) * (static_cast<Wide>(1) << 64) + low;
  reals_ = ExactSum::of(std::move(parts));
  for (Number* number : {&min_, &max_}) {
    const Datum datum = Datum::next(in);
    if (!takes(datum)) throw Malformed("a snapshot has no number where one should be");
    *number = Number::of(datum);
  }
  empty_ = false;
}

}  // namespace penstock::table
