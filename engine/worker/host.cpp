#include "worker/host.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <span>

namespace penstock {

volatile std::sig_atomic_t cancel_requested = 0;
volatile std::sig_atomic_t cancel_watched = 0;

namespace {

// So many outputs of a call stand in the ring; the rest in pages, so that the engine's memory does
// not grow with what one call makes.
constexpr std::uint32_t kInRing = 512;
constexpr std::uint64_t kLeastCharge = 64;  // an output takes at least its descriptor

Host& self_of(void* self) {
  return *static_cast<Host*>(self);
}

std::string_view text_of(penstock_text text) {
  return {text.data, text.size};
}

}  // namespace

Host::Host(Connection& connection, std::uint16_t stage, const penstock_task& task,
           std::uint64_t max_output)
    : connection_(connection),
      stage_(stage),
      output_count_(task.output_count),
      max_output_(max_output),
      keep_views_(task.kind != PENSTOCK_SOURCE) {
  table_.size = sizeof table_;
  table_.abi_minor = PENSTOCK_ABI_MINOR;
  table_.self = this;
  // Keys are taken and, as no stage is partitioned in this version, wanted by nobody.
  table_.emit = [](void* self, std::uint32_t output, penstock_bytes value, penstock_bytes) {
    return self_of(self).emit(output, value);
  };
  table_.loan = [](void* self, std::size_t size) { return self_of(self).loan(size); };
  table_.fail = [](void* self, std::uint32_t failure, penstock_text message) {
    self_of(self).fail(failure, text_of(message));
  };
  table_.answer = [](void* self, penstock_bytes value) { return self_of(self).answer(value); };
  table_.log = [](void* self, std::uint32_t level, penstock_text message) {
    Host& host = self_of(self);
    ipc::Descriptor line = host.about(ipc::Kind::log);
    line.extra = static_cast<std::uint16_t>(level);
    host.connection_.attach(line, text_of(message));
    host.connection_.send(line);
    host.connection_.publish();
  };
  table_.progress = [](void* self, double done, double total) {
    Host& host = self_of(self);
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
  table_.consume = [](void* self, std::size_t size) { self_of(self).consume(size); };
  table_.output = [](void* self) -> std::int32_t {
    return self_of(self).connection_.standard_output();
  };
  table_.extension = [](void*, penstock_text) -> const void* { return nullptr; };
}

ipc::Descriptor Host::about(ipc::Kind kind) const {
  ipc::Descriptor descriptor;
  descriptor.kind = kind;
  descriptor.stage = stage_;
  descriptor.call = call_;
  return descriptor;
}

void Host::begin(std::uint64_t call, penstock_bytes input, bool passable) {
  call_ = call;
  input_ = input;
  passable_ = passable;
  output_bytes_ = 0;
  outputs_ = 0;
  may_emit_ = false;
  answered_ = false;
  failed_ = false;
  message_.clear();
  id_.clear();
  while (!stream_.pieces.empty() &&
         stream_.pieces.front().position + stream_.pieces.front().size <= stream_.position) {
    stream_.pieces.pop_front();
  }
}

void Host::end() {
  if (in_page_ > 0) send_page();
  for (const ipc::Block& loan : loans_) {
    connection_.arena().free(loan.ref.extent, loan.ref.offset);
  }
  loans_.clear();
  if (!stream_.used) return;
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

std::int32_t Host::emit(std::uint32_t output, penstock_bytes value) {
  if (failed_) return PENSTOCK_FAILED;
  if (value.data == nullptr && value.size > 0) {
    fail(PENSTOCK_FAIL_PERMANENT,
         "it emitted a value of " + std::to_string(value.size) + " bytes at no address");
    return PENSTOCK_FAILED;
  }
  if (!may_emit_ || output >= output_count_) {
    fail(PENSTOCK_FAIL_PERMANENT, !may_emit_
                                      ? "it emitted outside of run, produce and finish"
                                      : "it emitted on output " + std::to_string(output) +
                                            ", and it declares " + std::to_string(output_count_));
    return PENSTOCK_FAILED;
  }
  const std::uint64_t charge = std::max<std::uint64_t>(value.size, kLeastCharge);
  if (charge > max_output_ - output_bytes_) {
    fail(PENSTOCK_FAIL_PERMANENT,
         "its outputs come to more than `max_output` allows: " + std::to_string(output_bytes_) +
             " bytes, then one of " + std::to_string(value.size) + ", and the limit is " +
             std::to_string(max_output_));
    return PENSTOCK_FAILED;
  }
  output_bytes_ += charge;
  ipc::Descriptor descriptor = about(ipc::Kind::output);
  descriptor.extra = static_cast<std::uint16_t>(output);
  place(descriptor, value);
  if (failed_) return PENSTOCK_FAILED;
  send_output(descriptor);
  return PENSTOCK_OK;
}

// The cheapest way that the value can go: in the descriptor, as the block that was loaned, as a
// part of the input, and only then as a copy.
void Host::place(ipc::Descriptor& descriptor, penstock_bytes value) {
  const auto* data = static_cast<const std::byte*>(value.data);
  if (descriptor.set_inline({data, value.size})) return;
  for (auto loan = loans_.rbegin(); loan != loans_.rend(); ++loan) {
    if (data < loan->data || data + value.size > loan->data + loan->ref.size) continue;
    ipc::BlockRef ref = loan->ref;
    ref.offset += static_cast<std::uint64_t>(data - loan->data);
    ref.size = value.size;
    descriptor.set_block(ref);
    loans_.erase(std::next(loan).base());
    return;
  }
  const bool views = keep_views_ || outputs_ < kInRing;
  const auto* input = static_cast<const std::byte*>(input_.data);
  if (passable_ && views && data >= input && data + value.size <= input + input_.size) {
    ipc::BlockRef ref;
    ref.offset = static_cast<std::uint64_t>(data - input);
    ref.size = value.size;
    descriptor.set_block(ref, ipc::Where::input);
    return;
  }
  for (const InputStream::Piece& piece : stream_.pieces) {
    if (!views || data < piece.data || data + value.size > piece.data + piece.size) continue;
    ipc::BlockRef ref;
    ref.piece = piece.number;
    ref.offset = static_cast<std::uint64_t>(data - piece.data);
    ref.size = value.size;
    descriptor.set_block(ref, ipc::Where::input);
    return;
  }
  copy(descriptor, value);
}

bool Host::copy(ipc::Descriptor& descriptor, penstock_bytes value) {
  auto block = connection_.allocate(value.size);
  if (!block) {
    fail(PENSTOCK_FAIL_LACK, block.error().what());
    return false;
  }
  std::memcpy(block->data, value.data, value.size);
  descriptor.set_block(block->ref);
  return true;
}

void Host::send_output(const ipc::Descriptor& descriptor) {
  if (outputs_++ < kInRing) {
    connection_.send(descriptor);
    return;
  }
  if (in_page_ == 0) {
    auto block = connection_.allocate(ipc::kPageDescriptors * sizeof descriptor);
    if (!block) return fail(PENSTOCK_FAIL_LACK, block.error().what());
    page_ = block.value();
  }
  std::memcpy(page_.data + in_page_ * sizeof descriptor, &descriptor, sizeof descriptor);
  if (++in_page_ == ipc::kPageDescriptors) send_page();
}

void Host::send_page() {
  ipc::Descriptor page = about(ipc::Kind::page);
  page.extra = static_cast<std::uint16_t>(in_page_);
  page_.ref.size = in_page_ * sizeof(ipc::Descriptor);
  page.set_block(page_.ref);
  connection_.send(page);
  in_page_ = 0;
}

void* Host::loan(std::size_t size) {
  if (failed_) return nullptr;
  auto block = connection_.allocate(size);
  if (!block) {
    fail(PENSTOCK_FAIL_LACK, block.error().what());
    return nullptr;
  }
  loans_.push_back(block.value());
  return block->data;
}

std::int32_t Host::answer(penstock_bytes value) {
  if (answered_) {
    fail(PENSTOCK_FAIL_PERMANENT, "it answered twice");
    return PENSTOCK_FAILED;
  }
  answered_ = true;
  ipc::Descriptor descriptor = about(ipc::Kind::answer);
  const auto* data = static_cast<const std::byte*>(value.data);
  if (!descriptor.set_inline({data, value.size}) && !copy(descriptor, value)) {
    return PENSTOCK_FAILED;
  }
  connection_.send(descriptor);
  return PENSTOCK_OK;
}

std::int32_t Host::read_input(penstock_bytes* view, std::int32_t* end) {
  stream_.used = true;
  if (!stream_.wanted) {
    stream_.wanted = true;
    connection_.send(about(ipc::Kind::want_input));
    connection_.publish();
  }
  // A piece stays until the call after the one that used it up, so that its parts can be emitted.
  *view = {};
  for (const InputStream::Piece& piece : stream_.pieces) {
    const std::uint64_t piece_end = piece.position + piece.size;
    if (piece_end <= stream_.position) continue;
    *view = {piece.data + (stream_.position - piece.position), piece_end - stream_.position};
    break;
  }
  const bool last = stream_.pieces.empty() ||
                    (view->size > 0 ? stream_.pieces.back().position + stream_.pieces.back().size ==
                                          stream_.position + view->size
                                    : true);
  *end = stream_.ended && last ? 1 : 0;
  return PENSTOCK_OK;
}

void Host::consume(std::size_t size) {
  stream_.position += size;
}

penstock_text Host::item_id() {
  if (id_.empty()) {
    connection_.send(about(ipc::Kind::ask_id));
    connection_.publish();
    id_ = connection_.wait_letter(ipc::LetterKind::id).body;
  }
  return {id_.data(), id_.size()};
}

}  // namespace penstock
