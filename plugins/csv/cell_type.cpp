#include "csv/cell_type.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace penstock::csv {
namespace {

constexpr std::array<std::string_view, 5> names{"infer", "text", "int", "float", "bool"};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

template <class T>
std::optional<T> whole_number(std::string_view text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, value);
  if (failure != std::errc{} || stop != end) return std::nullopt;
  return value;
}

std::optional<double> finite(std::string_view text) {
  const std::optional<double> value = whole_number<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<bool> word(std::string_view text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  return std::nullopt;
}

std::optional<bool> truth(std::string_view text) {
  if (text == "1") return true;
  if (text == "0") return false;
  return word(text);
}

enum class NumberForm : std::uint8_t { none, whole, broken };

// Whether a text is a number by the grammar of JSON, and which.
NumberForm number_form(std::string_view text) {
  const char* at = text.data();
  const char* end = at + text.size();
  const auto digits = [&] {
    const char* first = at;
    at = std::find_if_not(at, end, is_digit);
    return at != first;
  };
  if (at != end && *at == '-') ++at;
  const bool leading_zero = at != end && *at == '0';
  const char* first = at;
  if (!digits() || (leading_zero && at - first > 1)) return NumberForm::none;
  if (at == end) return NumberForm::whole;
  if (*at == '.') {
    ++at;
    if (!digits()) return NumberForm::none;
  }
  if (at != end && (*at == 'e' || *at == 'E')) {
    ++at;
    if (at != end && (*at == '+' || *at == '-')) ++at;
    if (!digits()) return NumberForm::none;
  }
  return at == end ? NumberForm::broken : NumberForm::none;
}

template <class T, class Write>
bool put(const std::optional<T>& value, Write write) {
  if (value) write(*value);
  return value.has_value();
}

void append_inferred(CborWriter& out, std::string_view text) {
  const char first = text.front();
  bool done = false;
  if (is_digit(first) || first == '-') {
    const NumberForm form = number_form(text);
    if (form == NumberForm::whole) {
      done = put(whole_number<std::int64_t>(text), [&](auto value) { out.integer(value); });
    } else if (form == NumberForm::broken) {
      done = put(finite(text), [&](double value) { out.real(value); });
    }
  } else if (text.size() <= 5) {
    done = put(word(text), [&](bool value) { out.boolean(value); });
  }
  if (!done) out.text(text);
}

}  // namespace

std::optional<CellType> cell_type_of(std::string_view name) {
  const auto* found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<CellType>(found - names.begin());
}

std::string_view to_string(CellType type) {
  return names[static_cast<std::size_t>(type)];
}

bool append_cell(CborWriter& out, CellType type, std::string_view text, bool quoted) {
  if (type == CellType::text || (type == CellType::infer && quoted)) {
    out.text(text);
    return true;
  }
  if (text.empty()) {
    out.null();
    return true;
  }
  switch (type) {
    case CellType::integer:
      return put(whole_number<std::int64_t>(text), [&](auto value) { out.integer(value); });
    case CellType::real:
      return put(finite(text), [&](double value) { out.real(value); });
    case CellType::boolean:
      return put(truth(text), [&](bool value) { out.boolean(value); });
    default:
      append_inferred(out, text);
      return true;
  }
}

}  // namespace penstock::csv
