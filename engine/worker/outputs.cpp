#include "worker/outputs.hpp"

#include <algorithm>
#include <cstring>

#include "worker/checksum.hpp"

namespace penstock {
namespace {

// So many outputs of a call stand in the ring; the rest in pages, so that the engine's memory does
// not grow with what one call makes.
constexpr std::uint32_t kInRing = 512;
constexpr std::uint64_t kLeastCharge = 64;  // an output takes at least its descriptor

// A loan is so much larger where values have keys: a usual key then stands behind the value that is
// handed on, and no byte of that moves.
constexpr std::size_t kRoomForKey = 64;

Error refused(std::string text) {
  return Error(Status::gave_up, std::move(text));
}

// Value, key, size of the key.
void join(std::byte* into, penstock_bytes value, penstock_bytes key) {
  if (value.size > 0 && into != value.data) std::memcpy(into, value.data, value.size);
  if (key.size > 0) std::memcpy(into + value.size, key.data, key.size);
  const auto size = static_cast<std::uint16_t>(key.size);
  static_assert(sizeof size == ipc::kKeySizeBytes);
  std::memcpy(into + value.size + key.size, &size, sizeof size);
}

}  // namespace

Outputs::Outputs(Connection& connection, const InputStream& stream, const ipc::StageOrder& order,
                 const penstock_task& task)
    : connection_(connection),
      stream_(stream),
      stage_(order.stage),
      output_count_(task.output_count),
      max_output_(order.max_output),
      keyed_(order.keyed_outputs),
      any_keyed_(std::find(keyed_.begin(), keyed_.end(), true) != keyed_.end()),
      checksum_(order.checksum),
      keep_views_(task.kind != PENSTOCK_SOURCE) {}

ipc::Descriptor Outputs::about(ipc::Kind kind) const {
  ipc::Descriptor descriptor;
  descriptor.kind = kind;
  descriptor.stage = stage_;
  descriptor.call = call_;
  return descriptor;
}

void Outputs::begin(std::uint64_t call, std::span<const penstock_bytes> inputs, std::size_t items) {
  call_ = call;
  inputs_ = inputs;
  items_ = items;
  made_from_ = 0;
  allowed_ = false;
  bytes_ = 0;
  count_ = 0;
}

void Outputs::end() {
  if (in_page_ > 0) send_page();
  if (page_) connection_.arena().free(page_->ref.extent, page_->ref.offset);
  page_.reset();
  for (const ipc::Block& loan : loans_) {
    connection_.arena().free(loan.ref.extent, loan.ref.offset);
  }
  loans_.clear();
  inputs_ = {};
}

Result<void> Outputs::made_from(std::size_t item) {
  if (item != PENSTOCK_ALL_ITEMS && item >= items_) {
    return refused("it says that it emits what it made from item " + std::to_string(item) +
                   " of the call, which has " + std::to_string(items_));
  }
  made_from_ = item == PENSTOCK_ALL_ITEMS ? 0 : static_cast<std::uint16_t>(item + 1);
  return {};
}

Result<void> Outputs::check(std::uint32_t output, penstock_bytes value, penstock_bytes key) {
  if (value.data == nullptr && value.size > 0) {
    return refused("it emitted a value of " + std::to_string(value.size) + " bytes at no address");
  }
  if (!allowed_) return refused("it emitted outside of run, produce and finish");
  if (output >= output_count_) {
    return refused("it emitted on output " + std::to_string(output) + ", and it declares " +
                   std::to_string(output_count_));
  }
  const std::uint64_t size = value.size + (keyed_[output] ? key.size : 0);
  const std::uint64_t charge = std::max(size, kLeastCharge);
  if (charge > max_output_ - bytes_) {
    return refused("its outputs come to more than `max_output` allows: " + std::to_string(bytes_) +
                   " bytes, then one of " + std::to_string(value.size) + ", and the limit is " +
                   std::to_string(max_output_));
  }
  bytes_ += charge;
  if (!keyed_[output]) return {};
  if (key.size == 0) {
    return refused(
        "it emitted a value without a key, and a stage that reads it is partitioned by "
        "that key: emit it as out(value, key), or let that stage say `partition: "
        "{instances: N, by: FIELD}`");
  }
  if (key.size > ipc::kMaxKey) {
    return refused("it emitted a key of " + std::to_string(key.size) + " bytes; one has at most " +
                   std::to_string(ipc::kMaxKey));
  }
  return {};
}

Result<void> Outputs::emit(std::uint32_t output, penstock_bytes value, penstock_bytes key) {
  if (auto checked = check(output, value, key); !checked) return checked;
  if (auto room = make_room(); !room) return room;
  ipc::Descriptor descriptor = about(ipc::Kind::output);
  descriptor.extra = static_cast<std::uint16_t>(output);
  descriptor.stage = made_from_;
  auto placed = keyed_[output] ? place_keyed(descriptor, value, key) : place(descriptor, value);
  if (placed) send(descriptor);
  return placed;
}

Result<void> Outputs::place(ipc::Descriptor& descriptor, penstock_bytes value) {
  const auto* data = static_cast<const std::byte*>(value.data);
  if (descriptor.set_inline({data, value.size})) return {};
  if (const ipc::Block* loan = loan_around(data, value.size)) {
    hand_on(descriptor, *loan, data, value.size);
    return {};
  }
  if (pass_on(descriptor, data, value.size)) return {};
  return copy(descriptor, value);
}

// A part of the input has no room for a key behind it: it is copied.
Result<void> Outputs::place_keyed(ipc::Descriptor& descriptor, penstock_bytes value,
                                  penstock_bytes key) {
  const std::size_t size = value.size + key.size + ipc::kKeySizeBytes;
  if (size <= ipc::kInlineBytes) {
    descriptor.where = ipc::Where::here;
    descriptor.inline_size = static_cast<std::uint8_t>(size);
    join(descriptor.body, value, key);
    return {};
  }
  const auto* data = static_cast<const std::byte*>(value.data);
  const ipc::Block* loan = loan_around(data, size);
  // Only behind the whole loan: what follows a part of it may be emitted later.
  if (loan != nullptr && data + value.size + kRoomForKey == loan->data + loan->ref.size) {
    // The key may itself stand where it is to go.
    const std::string kept(static_cast<const char*>(key.data), key.size);
    join(const_cast<std::byte*>(data), value, {kept.data(), kept.size()});
    hand_on(descriptor, *loan, data, size);
    return {};
  }
  auto block = connection_.allocate(size);
  if (!block) return block.error();
  join(block->data, value, key);
  name_block(descriptor, block->ref, block->data);
  return {};
}

const ipc::Block* Outputs::loan_around(const std::byte* data, std::size_t size) const {
  for (auto loan = loans_.rbegin(); loan != loans_.rend(); ++loan) {
    if (data >= loan->data && data + size <= loan->data + loan->ref.size) return &*loan;
  }
  return nullptr;
}

void Outputs::hand_on(ipc::Descriptor& descriptor, const ipc::Block& loan, const std::byte* data,
                      std::size_t size) {
  ipc::BlockRef ref = loan.ref;
  ref.offset += static_cast<std::uint64_t>(data - loan.data);
  ref.size = size;
  name_block(descriptor, ref, data);
  loans_.erase(loans_.begin() + (&loan - loans_.data()));
}

bool Outputs::pass_on(ipc::Descriptor& descriptor, const std::byte* data, std::size_t size) {
  if (!keep_views_ && count_ >= kInRing) return false;
  ipc::BlockRef ref;
  ref.size = size;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const auto* input = static_cast<const std::byte*>(inputs_[i].data);
    if (input == nullptr || data < input || data + size > input + inputs_[i].size) continue;
    ref.piece = static_cast<std::uint32_t>(i);
    ref.offset = static_cast<std::uint64_t>(data - input);
    name_block(descriptor, ref, data, ipc::Where::input);
    return true;
  }
  for (const InputStream::Piece& piece : stream_.pieces) {
    if (data < piece.data || data + size > piece.data + piece.size) continue;
    ref.piece = piece.number;
    ref.offset = static_cast<std::uint64_t>(data - piece.data);
    name_block(descriptor, ref, data, ipc::Where::input);
    return true;
  }
  return false;
}

Result<void> Outputs::copy(ipc::Descriptor& descriptor, penstock_bytes value) {
  auto block = connection_.allocate(value.size);
  if (!block) return block.error();
  std::memcpy(block->data, value.data, value.size);
  name_block(descriptor, block->ref, block->data);
  return {};
}

void Outputs::name_block(ipc::Descriptor& descriptor, ipc::BlockRef ref, const std::byte* data,
                         ipc::Where where) {
  if (checksum_) ref.sum = checksum(data, ref.size);
  descriptor.set_block(ref, where);
}

Result<void*> Outputs::loan(std::size_t size) {
  auto block = connection_.allocate(any_keyed_ ? size + kRoomForKey : size);
  if (!block) return block.error();
  loans_.push_back(block.value());
  return static_cast<void*>(block->data);
}

// Before the output is placed: a block that nothing can name would be lost.
Result<void> Outputs::make_room() {
  if (count_ < kInRing || page_) return {};
  auto block = connection_.allocate(ipc::kPageDescriptors * sizeof(ipc::Descriptor));
  if (!block) return block.error();
  page_ = block.value();
  return {};
}

void Outputs::send(const ipc::Descriptor& descriptor) {
  if (count_++ < kInRing) return connection_.send(descriptor);
  std::memcpy(page_->data + in_page_ * sizeof descriptor, &descriptor, sizeof descriptor);
  if (++in_page_ == ipc::kPageDescriptors) send_page();
}

void Outputs::send_page() {
  ipc::Descriptor page = about(ipc::Kind::page);
  page.extra = static_cast<std::uint16_t>(in_page_);
  page_->ref.size = in_page_ * sizeof(ipc::Descriptor);
  page.set_block(page_->ref);
  connection_.send(page);
  page_.reset();
  in_page_ = 0;
}

}  // namespace penstock
