#include "ipc/order.hpp"

#include "base/wire.hpp"

namespace penstock::ipc {
namespace {

Error bad_order() {
  return Error(Status::gave_up, "channel: an order that cannot be read");
}

}  // namespace

std::string encode(const HelloOrder& order) {
  WireWriter out;
  out.put(order.home_extent);
  return out.take();
}

std::string encode(const ExtentOrder& order) {
  WireWriter out;
  out.put(order.id);
  out.put(order.size);
  return out.take();
}

std::string encode(const StageOrder& order) {
  WireWriter out;
  out.put(order.stage);
  out.put_text(order.name);
  out.put_text(order.library);
  out.put_text(order.task);
  out.put_text(order.arguments);
  out.put(static_cast<std::uint64_t>(order.from_types.size()));
  for (const std::string& type : order.from_types) out.put_text(type);
  out.put(order.max_output);
  out.put(order.restore);
  out.put(order.at_where);
  out.put_text(order.at_inline);
  out.put(order.at_block);
  out.put(order.input_position);
  out.put(order.last_epoch);
  return out.take();
}

Result<HelloOrder> decode_hello(std::string_view bytes) {
  WireReader in(bytes);
  HelloOrder order;
  order.home_extent = in.get<std::uint32_t>();
  if (!in.ok()) return bad_order();
  return order;
}

Result<ExtentOrder> decode_extent(std::string_view bytes) {
  WireReader in(bytes);
  ExtentOrder order;
  order.id = in.get<std::uint32_t>();
  order.size = in.get<std::uint64_t>();
  if (!in.ok()) return bad_order();
  return order;
}

Result<StageOrder> decode_stage(std::string_view bytes) {
  WireReader in(bytes);
  StageOrder order;
  order.stage = in.get<std::uint16_t>();
  order.name = in.get_text();
  order.library = in.get_text();
  order.task = in.get_text();
  order.arguments = in.get_text();
  for (auto left = in.get<std::uint64_t>(); left > 0 && in.ok(); --left) {
    order.from_types.emplace_back(in.get_text());
  }
  order.max_output = in.get<std::uint64_t>();
  order.restore = in.get<std::uint8_t>() != 0;
  order.at_where = in.get<Where>();
  order.at_inline = in.get_text();
  order.at_block = in.get<BlockRef>();
  order.input_position = in.get<std::uint64_t>();
  order.last_epoch = in.get<std::uint64_t>();
  if (!in.ok()) return bad_order();
  return order;
}

}  // namespace penstock::ipc
