// What a call makes: puts each value where it costs least (in its descriptor, as the block that was
// loaned, as a part of the input, and only then as a copy) and sends its descriptor. Nothing of it
// counts before the call ends. One thread.
#pragma once

#include <penstock/plugin.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "ipc/message.hpp"
#include "ipc/order.hpp"
#include "worker/connection.hpp"
#include "worker/input_stream.hpp"

namespace penstock {

class Outputs {
 public:
  Outputs(Connection& connection, const InputStream& stream, const ipc::StageOrder& order,
          const penstock_task& task);

  // Around each call. `inputs`: what it was given; those that parts may be passed on of have an
  // address. They live until end().
  void begin(std::uint64_t call, std::span<const penstock_bytes> inputs, std::size_t items);
  void allow() { allowed_ = true; }  // emits, in this call
  void end();

  // What follows was made from this item of the call; PENSTOCK_ALL_ITEMS: from all.
  Result<void> made_from(std::size_t item);

  // Fails with Status::lack for want of memory, else for good.
  Result<void> emit(std::uint32_t output, penstock_bytes value, penstock_bytes key);
  Result<void*> loan(std::size_t size);

  // A copy that the descriptor names.
  Result<void> copy(ipc::Descriptor& descriptor, penstock_bytes value);

 private:
  Result<void> check(std::uint32_t output, penstock_bytes value, penstock_bytes key);
  Result<void> place(ipc::Descriptor& descriptor, penstock_bytes value);
  Result<void> place_keyed(ipc::Descriptor& descriptor, penstock_bytes value, penstock_bytes key);
  const ipc::Block* loan_around(const std::byte* data, std::size_t size) const;
  void hand_on(ipc::Descriptor& descriptor, const ipc::Block& loan, const std::byte* data,
               std::size_t size);
  bool pass_on(ipc::Descriptor& descriptor, const std::byte* data, std::size_t size);
  void name_block(ipc::Descriptor& descriptor, ipc::BlockRef ref, const std::byte* data,
                  ipc::Where where = ipc::Where::block);
  Result<void> make_room();
  void send(const ipc::Descriptor& descriptor);
  void send_page();
  ipc::Descriptor about(ipc::Kind kind) const;

  Connection& connection_;
  const InputStream& stream_;
  const std::uint16_t stage_;
  const std::size_t output_count_;
  const std::uint64_t max_output_;
  const std::vector<bool> keyed_;
  const bool any_keyed_;
  const bool checksum_;
  const bool keep_views_;  // parts of inputs stay so in pages, too

  std::uint64_t call_ = 0;
  std::span<const penstock_bytes> inputs_;
  std::size_t items_ = 0;
  std::uint16_t made_from_ = 0;
  bool allowed_ = false;
  std::vector<ipc::Block> loans_;
  std::uint64_t bytes_ = 0;
  std::uint32_t count_ = 0;
  std::optional<ipc::Block> page_;  // being filled
  std::uint32_t in_page_ = 0;
};

}  // namespace penstock
