#include "worker/input_adapter.hpp"

#include <boost/json.hpp>
#include <charconv>
#include <cstdint>
#include <penstock/cbor.hpp>
#include <penstock/convert.hpp>
#include <penstock/match.hpp>

#include "ipc/order.hpp"

namespace penstock {
namespace {

constexpr std::size_t kAlignment = 16;

template <class T>
bool number_of(std::string_view text, std::string& value) {
  T number{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) return false;
  value.assign(reinterpret_cast<const char*>(&number), sizeof number);
  return true;
}

void put_json(CborWriter& out, const boost::json::value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return out.null();
    case boost::json::kind::bool_:
      return out.boolean(value.get_bool());
    case boost::json::kind::int64:
      return out.integer(value.get_int64());
    case boost::json::kind::uint64:
      return out.natural(value.get_uint64());
    case boost::json::kind::double_:
      return out.real(value.get_double());
    case boost::json::kind::string:
      return out.text(value.get_string());
    case boost::json::kind::array:
      out.list(value.get_array().size());
      for (const boost::json::value& element : value.get_array()) put_json(out, element);
      return;
    case boost::json::kind::object:
      out.map(value.get_object().size());
      for (const auto& [key, element] : value.get_object()) {
        out.text(key);
        put_json(out, element);
      }
      return;
  }
}

bool refuse(std::string& error, std::string_view line, const char* wanted) {
  error = "`" + std::string(line.substr(0, 60)) + (line.size() > 60 ? "..." : "") + "` is not " +
          wanted;
  return false;
}

}  // namespace

bool value_of_line(const Type& type, std::string_view line, std::string& value,
                   std::string& error) {
  switch (type.kind) {
    case TypeKind::text:
    case TypeKind::bytes:
      value = line;
      return true;
    case TypeKind::integer:
      return number_of<std::int64_t>(line, value) || refuse(error, line, "an integer");
    case TypeKind::real:
      return number_of<double>(line, value) || refuse(error, line, "a number");
    case TypeKind::boolean:
      if (line != "true" && line != "false") return refuse(error, line, "true or false");
      value.assign(1, line == "true" ? '\1' : '\0');
      return true;
    default:
      break;
  }
  boost::system::error_code problem;
  const boost::json::value json = boost::json::parse({line.data(), line.size()}, problem);
  if (problem) {
    refuse(error, line, ("JSON: " + problem.message()).c_str());
    return false;
  }
  std::string cbor;
  CborWriter writer(cbor);
  put_json(writer, json);
  if (type.kind == TypeKind::any) {
    value = std::move(cbor);
    return true;
  }
  Type any;
  any.kind = TypeKind::any;
  return convert(type, any, as_bytes(cbor), value, error);
}

Result<InputAdapter> InputAdapter::create(std::string_view from, std::string_view to) {
  InputAdapter adapter;
  std::string why;
  auto to_type = parse_type(to, &why);
  if (!to_type) return Error(Status::refused, "its input type cannot be read: " + why);
  adapter.to_ = std::move(*to_type);
  if (from == ipc::kLine) {
    const bool raw = adapter.to_.kind == TypeKind::text || adapter.to_.kind == TypeKind::bytes;
    adapter.how_ = raw ? How::pass : How::parse;
    return adapter;
  }
  auto from_type = parse_type(from, &why);
  if (!from_type) return Error(Status::refused, "the type that arrives cannot be read: " + why);
  adapter.from_ = std::move(*from_type);
  adapter.how_ = same_layout(adapter.to_, adapter.from_) ? How::pass : How::convert;
  adapter.needs_alignment_ =
      adapter.to_.kind != TypeKind::text && adapter.to_.kind != TypeKind::bytes;
  return adapter;
}

Result<penstock_bytes> InputAdapter::adapt(penstock_bytes value, std::string& converted) const {
  const std::string_view bytes(static_cast<const char*>(value.data), value.size);
  std::string error;
  switch (how_) {
    case How::pass:
      // A part of a block can begin anywhere.
      if (!needs_alignment_ || reinterpret_cast<std::uintptr_t>(value.data) % kAlignment == 0) {
        return value;
      }
      converted.reserve(64);  // beyond what a string keeps in itself: from there on it is aligned
      converted.assign(bytes);
      break;
    case How::convert:
      if (!convert(to_, from_, as_bytes(bytes), converted, error)) {
        return Error(Status::gave_up, "its input cannot be converted: " + error);
      }
      break;
    case How::parse:
      converted.reserve(64);
      if (!value_of_line(to_, bytes, converted, error)) return Error(Status::gave_up, error);
      break;
  }
  return penstock_bytes{converted.data(), converted.size()};
}

}  // namespace penstock
