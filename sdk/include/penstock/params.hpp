// The parameters of a task. One function of the task, `void params(Params&)`, serves twice: on a
// fresh instance it describes them, with the fields' first values as defaults, and before `open` it
// fills the fields in from the pipeline file:
//
//   void params(Params& p) {
//     p.required("pattern", pattern, "lines that match are passed on");
//     p.optional("wait", wait, "between two requests", at_least(10ms));
//     p.optional("token", token, "of the service", secret);
//   }
//
// Fields are bool, integers, floats, std::string, enums (named with PENSTOCK_ENUM), durations,
// Size, std::vector of these, and std::optional where there is no default; and Shared<T>
// (shared.hpp), an object that the pipeline file shares out.
#pragma once

#include <penstock/errors.hpp>
#include <penstock/fields.hpp>
#include <penstock/units.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>

namespace penstock PENSTOCK_HIDDEN {

// The value is never shown.
struct PENSTOCK_TYPE Secret {};
inline constexpr Secret secret{};

// The value is the path of the file, or the template for the paths of files, that a sink writes: a
// trial run has them written below another folder.
struct PENSTOCK_TYPE OutputFile {};
inline constexpr OutputFile output_file{};

struct PENSTOCK_TYPE Limits {
  std::optional<double> minimum;
  std::optional<double> maximum;
};

namespace sdk {

template <class T>
inline constexpr bool is_param = false;

struct ParamRecord {
  std::string name;
  std::string about;
  std::string fallback;
  std::vector<std::string> choices;
  std::uint32_t kind = 0;
  std::uint32_t flags = 0;
  Limits limits;
};

template <class T>
struct Param {
  static_assert(
      is_param<T>,
      "penstock: a parameter is a bool, a number, a std::string, a duration, a Size, an enum "
      "named with PENSTOCK_ENUM, or a std::vector or std::optional of these");
};

template <>
struct Param<bool> {
  static constexpr auto kind = PENSTOCK_PARAM_BOOL;
  static bool read(const penstock_scalar& scalar) { return scalar.integer != 0; }
  static std::string show(bool value) { return value ? "true" : "false"; }
};

template <std::integral T>
struct Param<T> {
  static constexpr auto kind = PENSTOCK_PARAM_INT;
  static T read(const penstock_scalar& scalar) {
    if (!std::in_range<T>(scalar.integer)) throw Permanent("a parameter's number does not fit");
    return static_cast<T>(scalar.integer);
  }
  static std::string show(T value) { return std::to_string(value); }
};

template <std::floating_point T>
struct Param<T> {
  static constexpr auto kind = PENSTOCK_PARAM_FLOAT;
  static T read(const penstock_scalar& scalar) { return static_cast<T>(scalar.real); }
  static std::string show(T value) {
    char digits[64];
    return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
  }
};

template <>
struct Param<std::string> {
  static constexpr auto kind = PENSTOCK_PARAM_TEXT;
  static std::string read(const penstock_scalar& scalar) {
    return {scalar.text.data, scalar.text.size};
  }
  static std::string show(const std::string& value) { return value; }
};

template <>
struct Param<Size> {
  static constexpr auto kind = PENSTOCK_PARAM_SIZE;
  static Size read(const penstock_scalar& scalar) {
    return static_cast<std::uint64_t>(scalar.integer);
  }
  static std::string show(Size value) { return size_text(static_cast<std::int64_t>(value.bytes)); }
};

template <class Rep, class Period>
struct Param<std::chrono::duration<Rep, Period>> {
  using Duration = std::chrono::duration<Rep, Period>;
  static constexpr auto kind = PENSTOCK_PARAM_DURATION;
  static Duration read(const penstock_scalar& scalar) {
    const std::chrono::nanoseconds exact(scalar.integer);
    const auto value = std::chrono::duration_cast<Duration>(exact);
    if (!std::floating_point<Rep> &&
        std::chrono::duration_cast<std::chrono::nanoseconds>(value) != exact) {
      throw Permanent("a parameter's duration of " + duration_text(exact) +
                      " is finer than the task can tell");
    }
    return value;
  }
  static std::string show(Duration value) {
    return duration_text(std::chrono::duration_cast<std::chrono::nanoseconds>(value));
  }
};

template <NamedEnum E>
struct Param<E> {
  static constexpr auto kind = PENSTOCK_PARAM_ENUM;
  static E read(const penstock_scalar& scalar) {
    const std::string_view name(scalar.text.data, scalar.text.size);
    for (const auto& one : enumerators_of<E>()) {
      if (one.name == name) return one.value;
    }
    throw Permanent("'" + std::string(name) + "' is none of a parameter's choices");
  }
  static std::vector<std::string> choices() {
    std::vector<std::string> names;
    for (const auto& one : enumerators_of<E>()) names.emplace_back(one.name);
    return names;
  }
  static std::string show(E value) {
    for (const auto& one : enumerators_of<E>()) {
      if (one.value == value) return std::string(one.name);
    }
    return {};
  }
};

// A value as it would stand in a pipeline file. Throws std::invalid_argument if it is none.
inline penstock_scalar scalar_from(const penstock_param& param, const std::string& text) {
  penstock_scalar scalar{};
  scalar.text = {text.data(), text.size()};
  const auto check = [&](bool good) {
    const std::string name(param.name.data, param.name.size);
    if (!good) throw std::invalid_argument("'" + text + "' is no value of parameter " + name);
  };
  const auto number = [&](const std::optional<std::int64_t>& value) {
    check(value.has_value());
    return *value;
  };
  const auto real = [&] {
    double value = 0;
    std::size_t used = 0;
    try {
      value = std::stod(text, &used);
    } catch (const std::logic_error&) {
    }
    check(used != 0 && used == text.size() && std::isfinite(value));
    return value;
  };
  constexpr Unit plain[] = {{"", 1}};
  switch (param.kind) {
    case PENSTOCK_PARAM_BOOL:
      scalar.integer = text == "true" || text == "yes" || text == "on";
      check(scalar.integer != 0 || text == "false" || text == "no" || text == "off");
      break;
    case PENSTOCK_PARAM_INT:
      scalar.integer = number(from_units(text, plain));
      break;
    case PENSTOCK_PARAM_FLOAT:
      scalar.real = real();
      break;
    case PENSTOCK_PARAM_DURATION:
      scalar.integer = number(from_units(text, duration_units));
      break;
    case PENSTOCK_PARAM_SIZE:
      scalar.integer = number(from_units(text, size_units));
      break;
    default:
      break;
  }
  return scalar;
}

// What a limit is written as: a number, or a duration in nanoseconds.
template <class T>
constexpr double limit(T value) {
  return static_cast<double>(value);
}
template <class Rep, class Period>
constexpr double limit(std::chrono::duration<Rep, Period> value) {
  return std::chrono::duration<double, std::nano>(value).count();
}

}  // namespace sdk

template <class T>
constexpr Limits at_least(T minimum) {
  return {sdk::limit(minimum), std::nullopt};
}
template <class T>
constexpr Limits at_most(T maximum) {
  return {std::nullopt, sdk::limit(maximum)};
}
template <class T>
constexpr Limits between(T minimum, T maximum) {
  return {sdk::limit(minimum), sdk::limit(maximum)};
}

class PENSTOCK_TYPE Params {
 public:
  // Describes: the parameters are appended to `records`.
  explicit Params(std::vector<sdk::ParamRecord>& records) : records_(&records) {}
  // Binds: fields are set from `arguments`.
  explicit Params(std::span<const penstock_argument> arguments) : arguments_(arguments) {}

  // Options: at_least(n), at_most(n), between(a, b), secret, output_file.
  template <class T, class... Options>
  void required(std::string_view name, T& field, std::string_view about, Options... options) {
    visit(name, field, about, PENSTOCK_PARAM_REQUIRED, options...);
  }
  template <class T, class... Options>
  void optional(std::string_view name, T& field, std::string_view about, Options... options) {
    visit(name, field, about, 0, options...);
  }

 private:
  template <class T, class... Options>
  void visit(std::string_view name, T& field, std::string_view about, std::uint32_t flags,
             Options... options) {
    if (records_ == nullptr) return bind(name, field, flags);
    sdk::ParamRecord record;
    record.name = name;
    record.about = about;
    record.flags = flags;
    describe(record, field);
    (apply(record, options), ...);
    if ((flags & PENSTOCK_PARAM_REQUIRED) != 0) record.fallback.clear();
    if (record.limits.minimum) record.flags |= PENSTOCK_PARAM_HAS_MIN;
    if (record.limits.maximum) record.flags |= PENSTOCK_PARAM_HAS_MAX;
    records_->push_back(std::move(record));
  }

  static void apply(sdk::ParamRecord& record, const Limits& limits) {
    auto& [minimum, maximum] = record.limits;
    if (limits.minimum) minimum = std::max(minimum.value_or(*limits.minimum), *limits.minimum);
    if (limits.maximum) maximum = std::min(maximum.value_or(*limits.maximum), *limits.maximum);
  }
  static void apply(sdk::ParamRecord& record, Secret) { record.flags |= PENSTOCK_PARAM_SECRET; }
  static void apply(sdk::ParamRecord& record, OutputFile) { record.flags |= PENSTOCK_PARAM_OUTPUT; }

  template <class T>
  static void describe(sdk::ParamRecord& record, const T& field) {
    record.kind = sdk::Param<T>::kind;
    record.fallback = sdk::Param<T>::show(field);
    if constexpr (requires { sdk::Param<T>::choices(); }) {
      record.choices = sdk::Param<T>::choices();
    }
    if constexpr (std::integral<T> && !std::same_as<T, bool>) {
      using Range = std::numeric_limits<T>;
      if (sizeof(T) < 8 || std::is_unsigned_v<T>) {
        record.limits.minimum = static_cast<double>(Range::min());
      }
      if (sizeof(T) < 8) record.limits.maximum = static_cast<double>(Range::max());
    }
    if constexpr (std::same_as<T, Size>) record.limits.minimum = 0;
  }
  template <class T>
  static void describe(sdk::ParamRecord& record, const std::vector<T>& field) {
    describe(record, T{});
    record.flags |= PENSTOCK_PARAM_LIST;
    record.fallback.clear();
    for (const auto& element : field) {
      record.fallback += record.fallback.empty() ? "[" : ", ";
      record.fallback += sdk::Param<T>::show(element);
    }
    if (!record.fallback.empty()) record.fallback += ']';
  }
  template <class T>
  static void describe(sdk::ParamRecord& record, const std::optional<T>& field) {
    describe(record, field.value_or(T{}));
    if (!field) record.fallback.clear();
  }

  template <class T>
  void bind(std::string_view name, T& field, std::uint32_t flags) {
    const auto argument = std::ranges::find_if(arguments_, [&](const penstock_argument& candidate) {
      return std::string_view(candidate.name.data, candidate.name.size) == name;
    });
    if (argument != arguments_.end()) {
      set(field, std::span(argument->values, argument->count));
    } else if ((flags & PENSTOCK_PARAM_REQUIRED) != 0) {
      throw Permanent("the required parameter '" + std::string(name) + "' is not set");
    }
  }

  template <class T>
  static void set(T& field, std::span<const penstock_scalar> values) {
    if (values.size() != 1) throw Permanent("a parameter that is no list is set to several values");
    field = sdk::Param<T>::read(values.front());
  }
  template <class T>
  static void set(std::vector<T>& field, std::span<const penstock_scalar> values) {
    field.clear();
    for (const penstock_scalar& value : values) field.push_back(sdk::Param<T>::read(value));
  }
  template <class T>
  static void set(std::optional<T>& field, std::span<const penstock_scalar> values) {
    set(field.emplace(), values);
  }

  std::vector<sdk::ParamRecord>* records_ = nullptr;
  std::span<const penstock_argument> arguments_;
};

}  // namespace penstock
