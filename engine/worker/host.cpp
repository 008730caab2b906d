#include "worker/host.hpp"

#include <penstock/sync.h>

namespace penstock {

volatile std::sig_atomic_t cancel_requested = 0;
volatile std::sig_atomic_t cancel_watched = 0;

namespace {

// The number of what is no call of the engine's: to close at the very end. The engine takes what is
// said of it for a lie, and answers nothing.
constexpr std::uint64_t kNoCall = 0;

Host& self_of(void* self) {
  return *static_cast<Host*>(self);
}

std::string_view text_of(penstock_text text) {
  return {text.data, text.size};
}

}  // namespace

Host::Host(Connection& connection, const ipc::StageOrder& order, const penstock_task& task)
    : connection_(connection),
      stage_(order.stage),
      instance_id_(order.instance_id),
      forced_(order.forced),
      outputs_(connection, stream_, order, task) {
  table_.size = sizeof table_;
  table_.abi_minor = PENSTOCK_ABI_MINOR;
  table_.self = this;
  table_.emit = [](void* self, std::uint32_t output, penstock_bytes value, penstock_bytes key) {
    return self_of(self).emit(output, value, key);
  };
  table_.loan = [](void* self, std::size_t size) { return self_of(self).loan(size); };
  table_.fail = [](void* self, std::uint32_t failure, penstock_text message) {
    self_of(self).fail(failure, text_of(message));
  };
  table_.answer = [](void* self, penstock_bytes value) { return self_of(self).answer(value); };
  table_.log = [](void* self, std::uint32_t level, penstock_text message) {
    self_of(self).log(level, message);
  };
  table_.progress = [](void* self, double done, double total) {
    Host& host = self_of(self);
    if (host.call_ == kNoCall) return;
    ipc::Descriptor descriptor = host.about(ipc::Kind::progress);
    descriptor.set_body(ipc::Progress{done, total});
    host.connection_.send(descriptor);
  };
  table_.cancelled = [](void*) -> std::int32_t {
    cancel_watched = 1;
    return cancel_requested;
  };
  table_.item_id = [](void* self) { return self_of(self).item_id(); };
  table_.input = [](void* self, penstock_bytes* view, std::int32_t* end) {
    return self_of(self).read_input(view, end);
  };
  table_.consume = [](void* self, std::size_t size) { self_of(self).stream_.position += size; };
  table_.output = [](void* self) -> std::int32_t {
    return self_of(self).connection_.standard_output();
  };
  table_.extension = [](void*, penstock_text name) -> const void* {
    return text_of(name) == PENSTOCK_SYNC_EXTENSION ? penstock_sync_functions() : nullptr;
  };
  table_.instance_id = [](void* self) -> penstock_text {
    const std::string& id = self_of(self).instance_id_;
    return {id.data(), id.size()};
  };
  table_.forced = [](void* self) -> std::int32_t { return self_of(self).forced_; };
  table_.made_from = [](void* self, std::size_t item) {
    Host& host = self_of(self);
    host.judge(host.outputs_.made_from(item));
  };
}

ipc::Descriptor Host::about(ipc::Kind kind) const {
  ipc::Descriptor descriptor;
  descriptor.kind = kind;
  descriptor.stage = stage_;
  descriptor.call = call_;
  return descriptor;
}

void Host::begin(std::uint64_t call, std::span<const penstock_bytes> inputs, std::size_t items) {
  collects_ = nullptr;
  if (call != call_) id_.clear();  // the values of a chunk are one call
  call_ = call;
  answered_ = false;
  failed_ = false;
  message_.clear();
  stream_.forget_used();
  outputs_.begin(call, inputs, items);
}

void Host::end() {
  collects_ = nullptr;
  outputs_.end();
  if (!stream_.used || call_ == kNoCall) return;
  ipc::Descriptor position = about(ipc::Kind::position);
  position.set_body(stream_.position);
  connection_.send(position);
}

void Host::fail(std::uint32_t failure, std::string_view message) {
  if (failed_) return;  // the first reason is the one that says why
  failed_ = true;
  failure_ = failure;
  message_ = message.empty() ? "the task gave no reason" : message;
}

std::int32_t Host::judge(const Result<void>& result) {
  if (result) return PENSTOCK_OK;
  fail(result.error().status() == Status::lack ? PENSTOCK_FAIL_LACK : PENSTOCK_FAIL_PERMANENT,
       result.error().what());
  return PENSTOCK_FAILED;
}

std::int32_t Host::emit(std::uint32_t output, penstock_bytes value, penstock_bytes key) {
  if (collects_ != nullptr) return collect_value(output, value);
  return failed_ ? PENSTOCK_FAILED : judge(outputs_.emit(output, value, key));
}

std::int32_t Host::collect_value(std::uint32_t output, penstock_bytes value) {
  if (failed_) return PENSTOCK_FAILED;
  if (output > 0) return PENSTOCK_OK;
  if (++collected_ > 1) {
    fail(PENSTOCK_FAIL_PERMANENT, "it gave several values, and a call has one");
    return PENSTOCK_FAILED;
  }
  collects_->assign(static_cast<const char*>(value.data), value.size);
  return PENSTOCK_OK;
}

void* Host::loan(std::size_t size) {
  if (failed_) return nullptr;
  auto block = outputs_.loan(size);
  if (block) return block.value();
  fail(PENSTOCK_FAIL_LACK, block.error().what());
  return nullptr;
}

std::int32_t Host::answer(penstock_bytes value) {
  if (answered_) {
    fail(PENSTOCK_FAIL_PERMANENT, "it answered twice");
    return PENSTOCK_FAILED;
  }
  answered_ = true;
  if (call_ == kNoCall) return PENSTOCK_OK;
  ipc::Descriptor descriptor = about(ipc::Kind::answer);
  const auto* data = static_cast<const std::byte*>(value.data);
  if (!descriptor.set_inline({data, value.size})) {
    if (const auto copied = judge(outputs_.copy(descriptor, value)); copied != PENSTOCK_OK) {
      return copied;
    }
  }
  connection_.send(descriptor);
  return PENSTOCK_OK;
}

std::int32_t Host::read_input(penstock_bytes* view, std::int32_t* end) {
  stream_.used = true;
  if (!stream_.wanted && call_ != kNoCall) {
    stream_.wanted = true;
    connection_.send(about(ipc::Kind::want_input));
    connection_.publish();
  }
  *view = {};
  for (const InputStream::Piece& piece : stream_.pieces) {
    if (piece.end() <= stream_.position) continue;
    *view = {piece.data + (stream_.position - piece.position), piece.end() - stream_.position};
    break;
  }
  const bool last = stream_.pieces.empty() || view->size == 0 ||
                    stream_.pieces.back().end() == stream_.position + view->size;
  *end = stream_.ended && last ? 1 : 0;
  return PENSTOCK_OK;
}

void Host::log(std::uint32_t level, penstock_text message) {
  ipc::Descriptor line = about(ipc::Kind::log);
  line.extra = static_cast<std::uint16_t>(level);
  connection_.attach(line, text_of(message));
  connection_.send(line);
  connection_.publish();
}

penstock_text Host::item_id() {
  if (id_.empty() && call_ != kNoCall) {
    connection_.send(about(ipc::Kind::ask_id));
    connection_.publish();
    id_ = connection_.wait_letter(ipc::LetterKind::id).body;
  }
  return {id_.data(), id_.size()};
}

}  // namespace penstock
