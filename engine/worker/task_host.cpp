#include "worker/task_host.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <penstock/parcel.hpp>
#include <utility>

#include "plugin/arguments.hpp"
#include "worker/checksum.hpp"
#include "worker/staged_fault.hpp"

namespace penstock {

TaskHost::TaskHost(Connection& connection, ipc::StageOrder order, const penstock_task& task)
    : connection_(connection),
      order_(std::move(order)),
      task_(task),
      host_(connection, order_, task),
      marks_((task.flags & (PENSTOCK_HAS_SNAPSHOT | PENSTOCK_HAS_COMMIT)) != 0),
      called_(std::any_of(order_.arrivals.begin(), order_.arrivals.end(),
                          [](const ipc::Arrival& arrival) { return arrival.several; })) {}

Result<void> TaskHost::prepare() {
  for (const ipc::Arrival& from : order_.arrivals) {
    const penstock_text type = task_.inputs[from.input].type;
    auto adapter = InputAdapter::create(from.type, {type.data, type.size});
    if (!adapter) return adapter.error();
    arrivals_.push_back({std::move(adapter.value()), from.input, from.keyed, from.several});
  }
  return {};
}

ipc::Ending TaskHost::open(std::uint64_t call) {
  host_.begin(call);
  host_.input_stream().position = order_.input_position;
  const auto arguments = decode_arguments(order_.arguments);
  auto prepared = prepare();
  if (!arguments || !prepared) {
    return refuse(PENSTOCK_FAIL_PERMANENT,
                  !prepared ? prepared.error().what() : arguments.error().what());
  }
  std::string_view at(order_.at_inline);
  if (order_.at_where == ipc::Where::block) {
    auto bytes = connection_.view(order_.at_block);
    if (!bytes) return refuse(PENSTOCK_FAIL_ERROR, bytes.error().what());
    at = {reinterpret_cast<const char*>(*bytes), order_.at_block.size};
  }

  instance_ = Instance::create(task_, host_.table(), arguments.value());
  if (!instance_) return end(CallResult::failed);
  const bool sink = task_.kind == PENSTOCK_SINK;
  if (order_.restore && !sink && instance_->restore(at) != CallResult::ok) {
    return end(CallResult::failed);
  }
  penstock_epoch last{};
  last.number = order_.last_epoch;
  std::uint64_t held = order_.last_epoch;
  CallResult result = instance_->open(last, sink ? at : std::string_view(), held);
  if (result == CallResult::ok && order_.runs_at_open) result = run_first();
  if (result == CallResult::ok) {
    usable_ = true;
    ipc::Descriptor answer = ipc::numbered(ipc::Kind::answer, held);
    answer.where = ipc::Where::here;
    answer.inline_size = sizeof held;
    answer.call = call;
    answer.stage = order_.stage;
    connection_.send(answer);
    if (const auto total = instance_->total()) {
      ipc::Descriptor count = ipc::numbered(ipc::Kind::total, *total);
      count.call = call;
      count.stage = order_.stage;
      connection_.send(count);
    }
  }
  return end(result);
}

ipc::Ending TaskHost::run(std::span<const ipc::Descriptor> items, std::size_t& damaged) {
  const std::size_t count = items.size();
  const std::uint64_t call = items.back().call;
  arrived_.resize(count);
  passable_.assign(count, {});
  items_.assign(count, {});
  if (converted_.size() < count) converted_.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const ipc::Descriptor& descriptor = items[i];
    arrived_[i] = {descriptor.body, descriptor.inline_size};
    if (descriptor.where != ipc::Where::block) continue;
    const ipc::BlockRef block = descriptor.block();
    auto bytes = connection_.view(block);
    if (!bytes) {
      host_.begin(call);
      return refuse(PENSTOCK_FAIL_ERROR, bytes.error().what());
    }
    arrived_[i] = {*bytes, block.size};
    if (order_.checksum && block.sum != 0 && checksum(*bytes, block.size) != block.sum) {
      damaged = i;
      // What stands behind it has to wait until the task is back at its mark.
      if (marks_) usable_ = false;
      return ipc::Ending::damaged;
    }
  }
  if (items.back().extra < arrivals_.size() && arrivals_[items.back().extra].several) {
    const penstock_bytes parcel = arrived_.back();
    return run_each(arrivals_[items.back().extra], call,
                    {static_cast<const char*>(parcel.data), parcel.size});
  }
  Result<void> taken;
  for (std::size_t i = 0; i < count && taken; ++i) taken = take(items[i], i);
  host_.begin(call, passable_, count);
  if (!taken) return refuse(PENSTOCK_FAIL_PERMANENT, taken.error().what());
  if (!order_.faults.empty()) {
    const penstock_text id = host_.table().item_id(host_.table().self);
    const auto failure =
        stage_faults(order_.faults, {id.data, id.size}, items_.front().attempt, connection_.bell());
    if (failure) return refuse(PENSTOCK_FAIL_ERROR, *failure);
  }
  host_.allow_emit();
  return end(instance_->run(items_),
             items_.size() == 1 && (task_.flags & PENSTOCK_ATOMIC_RUN) != 0);
}

// The item in the form that the task declares.
Result<void> TaskHost::take(const ipc::Descriptor& descriptor, std::size_t index) {
  if (descriptor.extra >= arrivals_.size()) {
    return Error(Status::gave_up, "an item came on an edge that there is not");
  }
  const Arrival& arrival = arrivals_[descriptor.extra];
  penstock_bytes value = arrived_[index];
  penstock_item& item = items_[index];
  if (arrival.keyed) {
    const auto* begin = static_cast<const std::byte*>(value.data);
    std::uint16_t size = 0;
    if (value.size >= sizeof size) {
      std::memcpy(&size, begin + value.size - sizeof size, sizeof size);
    }
    if (value.size < sizeof size + std::size_t{size}) {
      return Error(Status::gave_up, "an item came without its key");
    }
    value.size -= sizeof size + std::size_t{size};
    item.key = {begin + value.size, size};
  }
  auto adapted = arrival.adapter.adapt(value, converted_[index]);
  if (!adapted) return adapted.error();
  if (descriptor.where == ipc::Where::block && arrival.adapter.passes()) passable_[index] = value;
  item.value = adapted.value();
  item.input = arrival.input;
  item.attempt = descriptor.code;
  return {};
}

// One after the other; what came of each, be it a failure, is one entry of what goes back.
ipc::Ending TaskHost::run_each(const Arrival& arrival, std::uint64_t call,
                               std::string_view parcel) {
  sdk::ParcelReader entries(parcel);
  sdk::Entry entry;
  given_.clear();
  while (entries.next(entry)) {
    host_.begin(call, {}, 1);
    penstock_item item{};
    item.attempt = 1;
    item.input = arrival.input;
    auto adapted = arrival.adapter.adapt({entry.bytes.data(), entry.bytes.size()}, converted_[0]);
    host_.collect(collected_);
    CallResult result = CallResult::failed;
    if (adapted) {
      item.value = adapted.value();
      result = instance_->run({&item, 1});
    } else {
      host_.fail(PENSTOCK_FAIL_PERMANENT, adapted.error().what());
    }
    if (result == CallResult::failed || host_.failed()) {
      host_.fail(PENSTOCK_FAIL_ERROR, {});
      sdk::add_entry(given_, {sdk::EntryKind::failed, host_.failure(), host_.message()});
    } else if (host_.collected() == 0) {
      sdk::add_entry(given_, {sdk::EntryKind::nothing, 0, {}});
    } else {
      sdk::add_entry(given_, {sdk::EntryKind::value, 0, collected_});
    }
    host_.end();
  }
  host_.begin(call);
  if (entries.damaged()) return refuse(PENSTOCK_FAIL_PERMANENT, "what came is no parcel of values");
  host_.allow_emit();
  host_.table().emit(host_.table().self, 0, {given_.data(), given_.size()}, {});
  return end(CallResult::ok);
}

// What it gives reaches nobody.
CallResult TaskHost::run_first() {
  auto adapter = InputAdapter::create(order_.first_type,
                                      {task_.inputs[0].type.data, task_.inputs[0].type.size});
  converted_.resize(1);
  auto adapted = adapter
                     ? adapter->adapt({order_.first_argument.data(), order_.first_argument.size()},
                                      converted_[0])
                     : Result<penstock_bytes>(adapter.error());
  if (!adapted) {
    host_.fail(PENSTOCK_FAIL_PERMANENT, adapted.error().what());
    return CallResult::failed;
  }
  penstock_item item{};
  item.attempt = 1;
  item.value = adapted.value();
  host_.collect(collected_);
  return instance_->run({&item, 1});
}

ipc::Ending TaskHost::produce(std::uint64_t call, std::uint64_t want) {
  host_.begin(call);
  host_.allow_emit();
  if (ended_) return end(CallResult::end);  // was on its way before the end was known
  CallResult result = instance_->produce(want);
  ended_ = result == CallResult::end;
  if (result != CallResult::failed && (task_.flags & PENSTOCK_HAS_SNAPSHOT) != 0 && !mark()) {
    result = CallResult::failed;
  }
  return end(result);
}

bool TaskHost::mark() {
  if (instance_->snapshot() != CallResult::ok) return false;
  if (!host_.answered()) host_.fail(PENSTOCK_FAIL_PERMANENT, "its snapshot answered nothing");
  return host_.answered();
}

ipc::Ending TaskHost::finish(std::uint64_t call) {
  host_.begin(call);
  host_.allow_emit();
  return end(instance_->finish());
}

ipc::Ending TaskHost::snapshot(std::uint64_t call) {
  host_.begin(call);
  return end(mark() ? CallResult::ok : CallResult::failed);
}

ipc::Ending TaskHost::commit(std::uint64_t call, std::uint64_t epoch, std::uint32_t flags) {
  host_.begin(call);
  return end(instance_->commit({epoch, flags, 0}));
}

ipc::Ending TaskHost::close(std::uint64_t call) {
  host_.begin(call);
  const ipc::Ending ending = end(instance_->close());
  instance_.reset();
  usable_ = false;
  return ending;
}

void TaskHost::leave() {
  if (usable_ && close(0) == ipc::Ending::failed) {
    std::fprintf(stderr, "close failed: %s\n", host_.message().c_str());
  }
}

ipc::Ending TaskHost::refuse(std::uint32_t failure, std::string_view why) {
  host_.fail(failure, why);
  return end(CallResult::failed);
}

ipc::Ending TaskHost::end(CallResult result, bool atomic) {
  host_.end();
  // What could not be emitted is a failure, whatever the task makes of it.
  if (result == CallResult::failed || host_.failed()) {
    host_.fail(PENSTOCK_FAIL_ERROR, {});
    // A task that goes on from marks is brought back to one; the others just take the next item.
    const bool traceless = atomic && host_.failure() == PENSTOCK_FAIL_PERMANENT;
    if (marks_ && !traceless) usable_ = false;
    return ipc::Ending::failed;
  }
  return result == CallResult::end ? ipc::Ending::end : ipc::Ending::ok;
}

}  // namespace penstock
