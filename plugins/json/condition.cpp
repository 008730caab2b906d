#include "json/condition.hpp"

#include <penstock/errors.hpp>

#include <array>
#include <compare>

namespace penstock::json {
namespace {

constexpr std::array<std::string_view, 7> operators{
    " == ", " != ", " < ", " <= ", " > ", " >= ", " in "};
constexpr std::string_view exists = " exists";

bool is_number(const Datum& value) {
  return value.kind() == DatumKind::integer || value.kind() == DatumKind::real;
}

// Exact for each int of 64 bits and each float.
long double number(const Datum& value) {
  if (value.kind() == DatumKind::real) return value.real();
  const auto magnitude = static_cast<long double>(value.number().magnitude);
  return value.number().negative ? -1 - magnitude : magnitude;
}

std::partial_ordering order(const Datum& a, const Datum& b) {
  if (is_number(a) && is_number(b)) return number(a) <=> number(b);
  if (a.kind() != b.kind()) return std::partial_ordering::unordered;
  switch (a.kind()) {
    case DatumKind::null:
      return std::partial_ordering::equivalent;
    case DatumKind::boolean:
      return a.boolean() == b.boolean() ? std::partial_ordering::equivalent
                                        : std::partial_ordering::unordered;
    case DatumKind::text:
      return a.text() <=> b.text();
    default:
      return std::partial_ordering::unordered;
  }
}

bool is_ordered(const Datum& value) {
  return is_number(value) || value.kind() == DatumKind::text;
}

bool is_simple(const Datum& value) {
  return is_ordered(value) || value.is_null() || value.kind() == DatumKind::boolean;
}

bool is_in(const Datum& value, const Datum& list) {
  for (const auto& [key, element] : list.elements()) {
    if (order(value, element) == 0) return true;
  }
  return false;
}

}  // namespace

Condition::Condition(std::string_view text, Parser& parser) : text_(text) {
  std::size_t at = text.npos;
  std::size_t which = 0;
  for (std::size_t i = 0; i != operators.size(); ++i) {
    const std::size_t found = text.find(operators[i]);
    if (found < at) {
      at = found;
      which = i;
    }
  }
  if (at != text.npos) {
    operator_ = static_cast<Operator>(which);
    read_value(text.substr(at + operators[which].size()), parser);
  } else if (text.ends_with(exists)) {
    at = text.size() - exists.size();
  } else {
    refuse("it has none of the operators, with spaces around it");
  }
  const std::size_t begin = text.find_first_not_of(' ');
  const std::size_t end = text.find_last_not_of(' ', at == 0 ? 0 : at - 1);
  if (begin >= at || end == text.npos) refuse("it names no field");
  field_ = FieldPath(text.substr(begin, end + 1 - begin));
}

void Condition::read_value(std::string_view text, Parser& parser) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == text.npos) refuse("it has no value");
  text = text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
  if (const auto reason = parser.parse(text, value_)) {
    const bool meant_as_json = text.front() == '"' || text.front() == '[' || text.front() == '{';
    if (meant_as_json) refuse("its value is no JSON: " + *reason);
    CborWriter(value_).text(text);
  }
  const Datum value = Datum::cbor(as_bytes(value_));
  if (operator_ == Operator::in) {
    if (value.kind() != DatumKind::list) refuse("`in` takes a list, such as [200, 204]");
    for (const auto& [key, element] : value.elements()) {
      if (!is_simple(element)) refuse("its list holds more than numbers, texts, bools and null");
    }
  } else if (!is_simple(value)) {
    refuse("its value is neither a number, a text, a bool nor null");
  } else if (operator_ > Operator::unequal && !is_ordered(value)) {
    refuse("only numbers and texts are greater or less than others");
  }
}

void Condition::refuse(const std::string& why) const {
  throw Permanent("the condition '" + text_ + "' is not understood: " + why +
                  "; it has to be FIELD OP VALUE, where OP is == != < <= > >= or in, or FIELD "
                  "exists");
}

bool Condition::holds(const Datum& record) const {
  const Datum found = field_.find(record);
  if (operator_ == Operator::exists) return !found.is_null();
  const Datum value = Datum::cbor(as_bytes(value_));
  if (operator_ == Operator::in) return is_in(found, value);
  const std::partial_ordering is = order(found, value);
  switch (operator_) {
    case Operator::equal:
      return is == 0;
    case Operator::unequal:
      return is != 0;
    case Operator::less:
      return is < 0;
    case Operator::at_most:
      return is <= 0;
    case Operator::greater:
      return is > 0;
    default:
      return is >= 0;
  }
}

}  // namespace penstock::json
