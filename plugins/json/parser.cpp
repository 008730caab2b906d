#include "json/parser.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <unordered_map>
#include <utility>

namespace penstock::json {
namespace {

namespace dom = simdjson::dom;

constexpr const char* too_deep = "it is nested more than 64 levels deep";

template <class Container>
std::size_t size_of(const Container& container) {
  constexpr std::size_t saturated = 0xffffff;  // what the parser counts up to
  const std::size_t size = container.size();
  if (size != saturated) return size;
  return static_cast<std::size_t>(std::distance(container.begin(), container.end()));
}

// Two keys that differ have different marks, nearly always.
std::uint64_t mark_of(std::string_view key) {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  const std::size_t size = std::min<std::size_t>(key.size(), 8);
  std::memcpy(&first, key.data(), size);
  std::memcpy(&last, key.data() + key.size() - size, size);
  return (first ^ std::rotl(last, 23)) + key.size() * 0x9e3779b97f4a7c15;
}

bool may_have_equal_keys(const dom::object& object, std::size_t size) {
  std::array<std::uint64_t, 64> marks;
  if (size > marks.size()) return true;
  auto end = marks.begin();
  for (const dom::key_value_pair field : object) {
    const std::uint64_t mark = mark_of(field.key);
    if (std::find(marks.begin(), end, mark) != end) return true;
    *end++ = mark;
  }
  return false;
}

class Writer {
 public:
  explicit Writer(std::string& out) : cbor_(out) {}

  // False if it is nested too deeply.
  bool write(const dom::element& value, int depth) {
    if (depth == sdk::max_depth) return false;
    switch (value.type()) {
      case dom::element_type::NULL_VALUE:
        cbor_.null();
        return true;
      case dom::element_type::BOOL:
        cbor_.boolean(bool(value));
        return true;
      case dom::element_type::INT64:
        cbor_.integer(std::int64_t(value));
        return true;
      case dom::element_type::UINT64:
        cbor_.natural(std::uint64_t(value));
        return true;
      case dom::element_type::DOUBLE:
        cbor_.real(double(value));
        return true;
      case dom::element_type::STRING:
        cbor_.text(std::string_view(value));
        return true;
      case dom::element_type::ARRAY:
        return write_list(dom::array(value), depth + 1);
      case dom::element_type::OBJECT:
        return write_map(dom::object(value), depth + 1);
    }
    return false;
  }

 private:
  using Field = std::pair<std::string_view, dom::element>;

  bool write_list(const dom::array& array, int depth) {
    cbor_.list(size_of(array));
    for (const dom::element value : array) {
      if (!write(value, depth)) return false;
    }
    return true;
  }

  bool write_map(const dom::object& object, int depth) {
    const std::size_t size = size_of(object);
    if (may_have_equal_keys(object, size)) return write_fields(last_of_each(object), depth);
    cbor_.map(size);
    for (const dom::key_value_pair field : object) {
      cbor_.text(field.key);
      if (!write(field.value, depth)) return false;
    }
    return true;
  }

  static std::vector<Field> last_of_each(const dom::object& object) {
    std::vector<Field> fields;
    std::unordered_map<std::string_view, std::size_t> places;
    for (const dom::key_value_pair field : object) {
      const auto [place, fresh] = places.emplace(field.key, fields.size());
      if (fresh) {
        fields.emplace_back(field.key, field.value);
      } else {
        fields[place->second].second = field.value;
      }
    }
    return fields;
  }

  bool write_fields(const std::vector<Field>& fields, int depth) {
    cbor_.map(fields.size());
    for (const auto& [key, value] : fields) {
      cbor_.text(key);
      if (!write(value, depth)) return false;
    }
    return true;
  }

  CborWriter cbor_;
};

std::string reason_of(simdjson::error_code error) {
  switch (error) {
    case simdjson::DEPTH_ERROR:
      return too_deep;
    case simdjson::NUMBER_ERROR:
      return "a number is malformed, or does not fit into 64 bits";
    case simdjson::UTF8_ERROR:
      return "it is not UTF-8";
    case simdjson::STRING_ERROR:
      return "a string is malformed";
    case simdjson::UNCLOSED_STRING:
      return "a string is not closed";
    case simdjson::EMPTY:
      return "it is empty";
    case simdjson::CAPACITY:
      return "it is longer than 4 GiB";
    default:
      return simdjson::error_message(error);
  }
}

}  // namespace

std::optional<std::string> Parser::parse(std::string_view text, std::string& out) {
  if (padded_.size() < text.size() + simdjson::SIMDJSON_PADDING) {
    padded_.resize(std::max(text.size() + simdjson::SIMDJSON_PADDING, 2 * padded_.size()));
  }
  text.copy(padded_.data(), text.size());
  dom::element value;
  const simdjson::error_code error = parser_.parse(padded_.data(), text.size(), false).get(value);
  if (error == simdjson::MEMALLOC) throw std::bad_alloc();
  if (error != simdjson::SUCCESS) return reason_of(error);
  const std::size_t before = out.size();
  if (Writer(out).write(value, 0)) return std::nullopt;
  out.resize(before);
  return too_deep;
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == text.npos;
}

}  // namespace penstock::json
