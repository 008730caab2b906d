#include "worker/task_host.hpp"

#include <cstdio>
#include <utility>

#include "plugin/arguments.hpp"

namespace penstock {

TaskHost::TaskHost(Connection& connection, ipc::StageOrder order, const penstock_task& task)
    : connection_(connection),
      order_(std::move(order)),
      task_(task),
      host_(connection, order_.stage, task, order_.max_output),
      marks_((task.flags & (PENSTOCK_HAS_SNAPSHOT | PENSTOCK_HAS_COMMIT)) != 0) {}

Result<void> TaskHost::prepare() {
  if (task_.input_count == 0) return {};
  const penstock_text type = task_.inputs[0].type;
  for (const std::string& from : order_.from_types) {
    auto adapter = InputAdapter::create(from, {type.data, type.size});
    if (!adapter) return adapter.error();
    adapters_.push_back(std::move(adapter.value()));
  }
  return {};
}

ipc::Ending TaskHost::open(std::uint64_t call) {
  host_.begin(call, {}, false);
  host_.input_stream().position = order_.input_position;
  const auto arguments = decode_arguments(order_.arguments);
  auto prepared = prepare();
  if (!arguments || !prepared) {
    host_.fail(PENSTOCK_FAIL_PERMANENT,
               !prepared ? prepared.error().what() : arguments.error().what());
    return end(CallResult::failed);
  }
  std::string_view at(order_.at_inline);
  if (order_.at_where == ipc::Where::block) {
    auto bytes = connection_.view(order_.at_block);
    if (!bytes) {
      host_.fail(PENSTOCK_FAIL_ERROR, bytes.error().what());
      return end(CallResult::failed);
    }
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
  const CallResult result = instance_->open(last, sink ? at : std::string_view(), held);
  if (result == CallResult::ok) {
    usable_ = true;
    ipc::Descriptor answer = ipc::numbered(ipc::Kind::answer, held);
    answer.where = ipc::Where::here;
    answer.inline_size = sizeof held;
    answer.call = call;
    answer.stage = order_.stage;
    connection_.send(answer);
  }
  return end(result);
}

ipc::Ending TaskHost::run(const ipc::Descriptor& descriptor) {
  penstock_bytes value{descriptor.body, descriptor.inline_size};
  if (descriptor.where == ipc::Where::block) {
    const ipc::BlockRef block = descriptor.block();
    auto bytes = connection_.view(block);
    if (!bytes) {
      host_.begin(descriptor.call, {}, false);
      host_.fail(PENSTOCK_FAIL_ERROR, bytes.error().what());
      return end(CallResult::failed);
    }
    value = {*bytes, block.size};
  }
  InputAdapter& adapter = adapters_[descriptor.extra < adapters_.size() ? descriptor.extra : 0];
  host_.begin(descriptor.call, value, descriptor.where == ipc::Where::block && adapter.passes());
  host_.allow_emit();
  auto adapted = adapter.adapt(value);
  if (!adapted) {
    host_.fail(PENSTOCK_FAIL_PERMANENT, adapted.error().what());
    return end(CallResult::failed);
  }
  penstock_item item{};
  item.value = adapted.value();
  item.attempt = descriptor.code;
  return end(instance_->run({&item, 1}));
}

ipc::Ending TaskHost::produce(std::uint64_t call, std::uint64_t want) {
  host_.begin(call, {}, false);
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
  host_.begin(call, {}, false);
  host_.allow_emit();
  return end(instance_->finish());
}

ipc::Ending TaskHost::snapshot(std::uint64_t call) {
  host_.begin(call, {}, false);
  return end(mark() ? CallResult::ok : CallResult::failed);
}

ipc::Ending TaskHost::commit(std::uint64_t call, std::uint64_t epoch, std::uint32_t flags) {
  host_.begin(call, {}, false);
  return end(instance_->commit({epoch, flags, 0}));
}

ipc::Ending TaskHost::close(std::uint64_t call) {
  host_.begin(call, {}, false);
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

ipc::Ending TaskHost::end(CallResult result) {
  host_.end();
  // What could not be emitted is a failure, whatever the task makes of it.
  if (result == CallResult::failed || host_.failed()) {
    host_.fail(PENSTOCK_FAIL_ERROR, {});
    // A task that goes on from marks is brought back to one; the others just take the next item.
    if (marks_) usable_ = false;
    return ipc::Ending::failed;
  }
  return result == CallResult::end ? ipc::Ending::end : ipc::Ending::ok;
}

}  // namespace penstock
