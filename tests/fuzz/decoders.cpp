// Everything that reads bytes which another process has made: orders, arguments, descriptions of
// plugins, types, values. The first byte says which. No crash, no hang, and what was read whole is
// the same when it is written and read again.
#include <penstock/cbor.hpp>
#include <penstock/convert.hpp>
#include <penstock/datum.hpp>
#include <penstock/json.hpp>
#include <penstock/match.hpp>
#include <penstock/type.hpp>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/utf8.hpp"
#include "ipc/order.hpp"
#include "plugin/arguments.hpp"
#include "plugin/descriptor.hpp"
#include "run/payload_text.hpp"
#include "worker/input_adapter.hpp"

namespace {

using namespace penstock;

void require(bool holds) {
  if (!holds) std::abort();
}

void read_orders(std::string_view bytes) {
  if (const auto order = ipc::decode_stage(bytes)) {
    require(encode(ipc::decode_stage(encode(*order)).value()) == encode(*order));
  }
  if (const auto order = ipc::decode_extent(bytes)) {
    require(bytes.substr(0, encode(*order).size()) == encode(*order));
  }
  if (const auto order = ipc::decode_hello(bytes)) {
    require(encode(ipc::decode_hello(encode(*order)).value()) == encode(*order));
  }
  (void)decode_arguments(bytes);
}

void read_description(std::string_view bytes) {
  const auto plugin = decode_description(bytes);
  if (!plugin) return;
  require(check_description(*plugin).has_value());
  require(decode_description(encode(*plugin)).value() == *plugin);
}

void read_type(std::string_view text) {
  const auto type = parse_type(text);
  if (!type) return;
  const std::string shown = to_string(*type);
  const auto again = parse_type(shown);
  require(again && *again == *type && to_string(*again) == shown);
  require(accepts(*type, *type));
}

// Walks through all of a value, as a task might.
std::size_t walk(const Datum& datum, int depth = 0) {
  if (depth > 100) return 0;
  std::size_t seen = 1;
  switch (datum.kind()) {
    case DatumKind::text:
      seen += datum.text().size();
      break;
    case DatumKind::bytes:
      seen += datum.bytes().size();
      break;
    case DatumKind::list:
    case DatumKind::map:
      for (const auto& entry :
           datum.kind() == DatumKind::map ? datum.entries() : datum.elements()) {
        seen += entry.key.size() + walk(entry.value, depth + 1);
      }
      break;
    default:
      break;
  }
  (void)datum.encoded();
  return seen;
}

// Two types, a line each, and behind them a value of the first.
void read_value(std::string_view text) {
  const auto line = [&]() -> std::string_view {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view found = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return found;
  };
  const std::string_view from_text = line();
  const std::string_view to_text = line();
  const auto from = parse_type(from_text);
  const auto to = parse_type(to_text);
  if (!from || !to) return;

  const std::string value(text);  // of its own, so that a read beyond its end is seen
  walk(Datum(*from, as_bytes(value)));
  std::string json = payload_json(from_text, value, value.size());
  require(valid_utf8(json) == json.size() && json.find('\n') == std::string::npos);

  auto adapter = InputAdapter::create(from_text, to_text);
  if (adapter && accepts(*to, *from)) {
    std::string converted;
    if (const auto adapted = adapter->adapt({value.data(), value.size()}, converted)) {
      walk(Datum(*to, as_bytes({static_cast<const char*>(adapted->data), adapted->size})));
    }
  }
  std::string made;
  std::string error;
  if (value_of_line(*to, value, made, error)) {
    require(error.empty());
    walk(Datum(*to, as_bytes(made)));
  } else {
    require(!error.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      read_orders(bytes);
      break;
    case 1:
      read_description(bytes);
      break;
    case 2:
      read_type(bytes);
      break;
    default:
      read_value(bytes);
      break;
  }
  return 0;
}
