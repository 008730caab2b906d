#include "ipc/order.hpp"

#include "base/wire.hpp"

namespace penstock::ipc {
namespace {

constexpr std::size_t kLeastFault = 1 + 3 * sizeof(std::uint64_t);  // bytes of an encoded one

Error bad_order() {
  return Error(Status::gave_up, "channel: an order that cannot be read");
}

void put_texts(WireWriter& out, const std::vector<std::string>& texts) {
  out.put(static_cast<std::uint64_t>(texts.size()));
  for (const std::string& text : texts) out.put_text(text);
}

std::vector<std::string> get_texts(WireReader& in) {
  std::vector<std::string> texts;
  for (std::size_t left = in.get_count(sizeof(std::uint64_t)); left > 0; --left) {
    texts.emplace_back(in.get_text());
  }
  return texts;
}

}  // namespace

std::string encode(const HelloOrder& order) {
  WireWriter out;
  out.put(order.home_extent);
  out.put(order.party);
  out.put(order.prints);
  out.put(order.sandbox.has_value());
  if (!order.sandbox) return out.take();
  out.put(order.sandbox->network);
  out.put(order.sandbox->files);
  put_texts(out, order.sandbox->paths);
  put_texts(out, order.sandbox->plugins);
  return out.take();
}

std::string encode(const ObjectOrder& order) {
  WireWriter out;
  out.put(order.id);
  out.put(order.kind);
  out.put_text(order.name);
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
  out.put_text(order.instance_id);
  out.put_text(order.arguments);
  out.put(static_cast<std::uint64_t>(order.arrivals.size()));
  for (const Arrival& arrival : order.arrivals) {
    out.put_text(arrival.type);
    out.put(arrival.input);
    out.put(arrival.keyed);
    out.put(arrival.several);
  }
  out.put(static_cast<std::uint64_t>(order.keyed_outputs.size()));
  for (const bool keyed : order.keyed_outputs) out.put(keyed);
  out.put(order.max_output);
  out.put(order.checksum);
  out.put(order.runs_at_open);
  out.put_text(order.first_type);
  out.put_text(order.first_argument);
  out.put(order.restore);
  out.put(order.forced);
  out.put(order.at_where);
  out.put_text(order.at_inline);
  out.put(order.at_block);
  out.put(order.input_position);
  out.put(order.last_epoch);
  out.put(static_cast<std::uint64_t>(order.faults.size()));
  for (const FaultOrder& fault : order.faults) {
    out.put(fault.kind);
    out.put_text(fault.item);
    out.put(fault.times);
    out.put(fault.ns);
  }
  return out.take();
}

Result<HelloOrder> decode_hello(std::string_view bytes) {
  WireReader in(bytes);
  HelloOrder order;
  order.home_extent = in.get<std::uint32_t>();
  order.party = in.get<std::uint32_t>();
  order.prints = in.get<std::uint8_t>() != 0;
  if (in.get<std::uint8_t>() != 0) {
    SandboxOrder& sandbox = order.sandbox.emplace();
    sandbox.network = in.get<std::uint8_t>() != 0;
    sandbox.files = in.get<SandboxOrder::Files>();
    sandbox.paths = get_texts(in);
    sandbox.plugins = get_texts(in);
    if (sandbox.files > SandboxOrder::Files::listed) return bad_order();
  }
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

Result<ObjectOrder> decode_object(std::string_view bytes) {
  WireReader in(bytes);
  ObjectOrder order;
  order.id = in.get<std::uint64_t>();
  order.kind = in.get<std::uint32_t>();
  order.name = in.get_text();
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
  order.instance_id = in.get_text();
  order.arguments = in.get_text();
  for (auto left = in.get<std::uint64_t>(); left > 0 && in.ok(); --left) {
    Arrival arrival;
    arrival.type = in.get_text();
    arrival.input = in.get<std::uint16_t>();
    arrival.keyed = in.get<std::uint8_t>() != 0;
    arrival.several = in.get<std::uint8_t>() != 0;
    order.arrivals.push_back(std::move(arrival));
  }
  for (auto left = in.get<std::uint64_t>(); left > 0 && in.ok(); --left) {
    order.keyed_outputs.push_back(in.get<std::uint8_t>() != 0);
  }
  order.max_output = in.get<std::uint64_t>();
  order.checksum = in.get<std::uint8_t>() != 0;
  order.runs_at_open = in.get<std::uint8_t>() != 0;
  order.first_type = in.get_text();
  order.first_argument = in.get_text();
  order.restore = in.get<std::uint8_t>() != 0;
  order.forced = in.get<std::uint8_t>() != 0;
  order.at_where = in.get<Where>();
  order.at_inline = in.get_text();
  order.at_block = in.get<BlockRef>();
  order.input_position = in.get<std::uint64_t>();
  order.last_epoch = in.get<std::uint64_t>();
  order.faults.resize(in.get_count(kLeastFault));
  for (FaultOrder& fault : order.faults) {
    fault.kind = in.get<FaultOrder::Kind>();
    fault.item = in.get_text();
    fault.times = in.get<std::uint64_t>();
    fault.ns = in.get<std::uint64_t>();
  }
  if (!in.ok()) return bad_order();
  return order;
}

}  // namespace penstock::ipc
