#include "plan/test_values.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <penstock/json.hpp>

#include "base/suggest.hpp"
#include "base/units.hpp"
#include "spec/finding.hpp"

namespace penstock {
namespace {

using boost::json::value;

Error unfit(const Node& node, const std::string& wanted) {
  return Error(Status::refused, "is " + in_words(node) + ", not " + wanted);
}

// What is wrong with a part of it.
Error within(const std::string& part, const Error& error) {
  return Error(Status::refused, "has " + part + ", which " + error.what());
}

template <class T>
bool read_number(const std::string& text, T& number) {
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  return read.ec == std::errc() && read.ptr == end && !text.empty();
}

Result<value> read(const Node& node, const Type& type);

// As YAML itself reads it: what stands in quotes is a text.
Result<value> read_any(const Node& node) {
  Type any;
  any.kind = TypeKind::any;
  if (node.is(Node::Kind::null)) return value(nullptr);
  if (node.is(Node::Kind::list)) {
    boost::json::array list;
    for (const Node& item : node.items) {
      auto read_one = read(item, any);
      if (!read_one) return read_one;
      list.push_back(std::move(*read_one));
    }
    return value(std::move(list));
  }
  if (node.is(Node::Kind::map)) {
    boost::json::object map;
    for (const Entry& entry : node.entries) {
      auto read_one = read(entry.value, any);
      if (!read_one) return read_one;
      map[entry.key.value] = std::move(*read_one);
    }
    return value(std::move(map));
  }
  if (node.quoted) return value(node.text);
  std::int64_t whole = 0;
  double real = 0;
  if (read_number(node.text, whole)) return value(whole);
  if (read_number(node.text, real)) return value(real);
  if (node.text == "true" || node.text == "false") return value(node.text == "true");
  return value(node.text);
}

Result<value> read_list(const Node& node, const Type& type) {
  if (!node.is(Node::Kind::list)) return unfit(node, "a list");
  const bool tuple = type.kind == TypeKind::tuple;
  if (tuple && node.items.size() != type.parts.size()) {
    return unfit(node, "a list of " + std::to_string(type.parts.size()));
  }
  boost::json::array list;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    auto item = read(node.items[i], type.parts[tuple ? i : 0]);
    if (!item) return within("item " + std::to_string(i + 1), item.error());
    list.push_back(std::move(*item));
  }
  return value(std::move(list));
}

Result<value> read_map(const Node& node, const Type& type) {
  if (!node.is(Node::Kind::map)) return unfit(node, "a map");
  boost::json::object map;
  for (const Entry& entry : node.entries) {
    auto part = read(entry.value, type.parts[0]);
    if (!part) return within(ticked(entry.key.value), part.error());
    map[entry.key.value] = std::move(*part);
  }
  return value(std::move(map));
}

Result<value> read_fields(const Node& node, const std::vector<std::string>& names,
                          const std::vector<Type>& types) {
  if (!node.is(Node::Kind::map)) {
    return unfit(node, "a map with " + word_list(names));
  }
  boost::json::object record;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto entry =
        std::find_if(node.entries.begin(), node.entries.end(),
                     [&](const Entry& candidate) { return candidate.key.value == names[i]; });
    if (entry == node.entries.end()) {
      if (types[i].kind != TypeKind::optional) {
        return Error(Status::refused, "lacks " + ticked(names[i]));
      }
      record[names[i]] = nullptr;
      continue;
    }
    auto part = read(entry->value, types[i]);
    if (!part) return within(ticked(names[i]), part.error());
    record[names[i]] = std::move(*part);
  }
  for (const Entry& entry : node.entries) {
    if (std::find(names.begin(), names.end(), entry.key.value) != names.end()) continue;
    const std::string near = did_you_mean(entry.key.value, names);
    return Error(Status::refused, "has " + ticked(entry.key.value) + ", which the type has not; " +
                                      (near.empty() ? "it has " + word_list(names) : near));
  }
  return value(std::move(record));
}

Result<value> read_packed(const Node& node, const Type& type) {
  std::vector<std::string> names;
  std::vector<Type> types;
  for (const PackedField& field : type.fields) {
    names.push_back(field.name);
    types.push_back(type_of(field));
  }
  auto record = read_fields(node, names, types);
  if (!record) return record;
  // What a float of four bytes keeps of it.
  for (const PackedField& field : type.fields) {
    value& part = record->as_object()[field.name];
    if (field.scalar != PackedScalar::f32 || !part.is_double()) continue;
    part = static_cast<double>(static_cast<float>(part.as_double()));
  }
  return record;
}

Result<value> read_scalar(const Node& node, const Type& type) {
  const bool text = type.kind == TypeKind::text || type.kind == TypeKind::bytes;
  if (!node.is(Node::Kind::scalar)) {
    return unfit(node, text                             ? "a text"
                       : type.kind == TypeKind::boolean ? "true or false"
                                                        : "a number");
  }
  if (type.kind == TypeKind::text) return value(node.text);
  if (type.kind == TypeKind::bytes) {
    std::string base64;
    sdk::write_base64(base64, as_bytes(node.text));
    return value(base64);
  }
  if (type.kind == TypeKind::boolean) {
    const Result<bool> flag = parse_switch(node.text);
    if (!flag) return unfit(node, "true or false");
    return value(*flag);
  }
  if (type.kind == TypeKind::real) {
    double real = 0;
    if (!read_number(node.text, real)) return unfit(node, "a number");
    return value(real);
  }
  std::int64_t whole = 0;
  std::uint64_t large = 0;
  if (read_number(node.text, whole)) return value(whole);
  if (read_number(node.text, large)) return value(large);
  return unfit(node, "a whole number");
}

Result<value> read(const Node& node, const Type& type) {
  if (node.is(Node::Kind::unknown)) return value(nullptr);  // it has its finding
  switch (type.kind) {
    case TypeKind::any:
      return read_any(node);
    case TypeKind::null:
      return value(nullptr);
    case TypeKind::optional:
      if (node.is(Node::Kind::null)) return value(nullptr);
      return read(node, type.parts[0]);
    case TypeKind::list:
    case TypeKind::tuple:
      return read_list(node, type);
    case TypeKind::map:
      return read_map(node, type);
    case TypeKind::record:
      return read_fields(node, type.names, type.parts);
    case TypeKind::packed:
      return read_packed(node, type);
    default:
      return read_scalar(node, type);
  }
}

}  // namespace

Result<std::string> json_of(const Node& node, const Type& type) {
  auto made = read(node, type);
  if (!made) return made.error();
  return boost::json::serialize(*made);
}

Result<std::string> line_of(const Node& node, const Type& type) {
  auto made = read(node, type);
  if (!made) return made.error();
  const bool raw = type.kind == TypeKind::text || type.kind == TypeKind::bytes;
  return raw ? node.text : boost::json::serialize(*made);
}

}  // namespace penstock
