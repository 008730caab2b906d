// What a stateful task has made, copied for the journal.

#include <string>

#include "run/delivery.hpp"

namespace penstock {

// How many bytes more the maker may name.
struct Delivery::CopyRoom {
  std::uint64_t own;    // of its own memory
  std::uint64_t given;  // of what its calls were given

  Result<void> take(bool from_own, std::uint64_t bytes) {
    std::uint64_t& left = from_own ? own : given;
    if (bytes > left) {
      return Error(Status::gave_up, from_own
                                        ? "it named more than its memory holds"
                                        : "it passed on more than the `max_output` of its calls");
    }
    left -= bytes;
    return {};
  }
};

Result<void> Delivery::copy(WorkerId maker, std::span<const Output> made,
                            std::uint64_t given_at_most, const Use& use) const {
  CopyRoom room{state_.extents.owned_by(maker), given_at_most};
  for (const Output& output : made) {
    const Payload& payload = output.payload;
    const bool own = payload.is_block() && state_.extents.maker(payload.block) == maker;
    auto copied = output.page > 0 ? copy_page(output, room, use)
                                  : copy_payload(payload, own, room, output.port, use);
    if (!copied) return copied;
  }
  return {};
}

Result<void> Delivery::copy_payload(const Payload& payload, bool own, CopyRoom& room,
                                    std::uint16_t port, const Use& use) const {
  if (payload.is_block()) {
    if (auto fits = room.take(own, payload.size()); !fits) return fits;
  }
  auto bytes = state_.read(payload, UINT64_MAX);
  if (!bytes) return bytes.error();
  use(port, *bytes);
  return {};
}

Result<void> Delivery::copy_page(const Output& page, CopyRoom& room, const Use& use) const {
  std::vector<ipc::Descriptor> named(page.page);
  const auto into = std::as_writable_bytes(std::span(named));
  if (auto done = state_.extents.read(state_.extents.ref(page.payload.block), into); !done) {
    return done;
  }
  for (const ipc::Descriptor& descriptor : named) {
    const std::uint16_t port = descriptor.extra;
    if (descriptor.where == ipc::Where::here && descriptor.inline_size <= ipc::kInlineBytes) {
      const auto bytes = descriptor.inline_bytes();
      use(port, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
      continue;
    }
    const ipc::BlockRef ref = descriptor.block();
    if (descriptor.where == ipc::Where::block) {
      if (auto fits = room.take(true, ref.size); !fits) return fits;
      auto bytes = state_.extents.copy(page.maker, ref);
      if (!bytes) return bytes.error();
      use(port, *bytes);
      continue;
    }
    // A part of what the call was given.
    if (descriptor.where != ipc::Where::input || ref.piece >= page.given.size() ||
        !page.given[ref.piece].is_block()) {
      return Error(Status::gave_up, "a page with an output without a payload");
    }
    const Payload::Part& whole = page.given[ref.piece].part;
    if (ref.offset > whole.size || ref.size > whole.size - ref.offset) {
      return Error(Status::gave_up, "an output outside the input of its call");
    }
    const auto part =
        Payload::of_block(page.given[ref.piece].block, whole.offset + ref.offset, ref.size);
    if (auto copied = copy_payload(part, false, room, port, use); !copied) return copied;
  }
  return {};
}

}  // namespace penstock
