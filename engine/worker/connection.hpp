// The worker's end of the link to the engine: its two rings, the channel, the extents it has mapped
// and the arena it owns. One thread. Losing the engine ends the process: there is nobody to report
// to, and the keeper would end it anyway.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "ipc/arena.hpp"
#include "ipc/channel.hpp"
#include "ipc/extent.hpp"
#include "ipc/message.hpp"
#include "ipc/order.hpp"
#include "ipc/segment.hpp"
#include "ipc/withdrawal.hpp"

namespace penstock {

class Connection final : private ipc::Grower {
 public:
  // Takes the channel at descriptor kChannelFd and everything that the engine sends first.
  static Result<std::unique_ptr<Connection>> open();

  // The next descriptor that is not about memory, which is dealt with here; sleeps until it comes.
  ipc::Descriptor next();
  bool has_next();
  // Whether the engine wants a call back that was just begun; see ipc/withdrawal.hpp.
  bool is_withdrawn(std::uint64_t call) {
    return ipc::is_withdrawn(engine().withdrawn, line(), call);
  }

  // Visible to the engine after publish(). Waits for room, which the engine makes at once.
  void send(const ipc::Descriptor& descriptor);
  void publish();
  bool engine_sleeps() const;
  std::uint32_t unpublished() const { return writer_.unpublished(); }
  std::uint32_t ring_tail() const { return writer_.tail(); }

  // A text to go along with a descriptor: in it, or in a block.
  void attach(ipc::Descriptor& descriptor, std::string_view text);

  // The next letter of this kind; others wait for whoever asks for them.
  ipc::Letter wait_letter(ipc::LetterKind kind);

  // Waits, for a few seconds, until this object has come with a call.
  void await_object(std::uint64_t id);

  // Where a block stands, in this process. Fails for one outside any extent that was sent.
  Result<const std::byte*> view(const ipc::BlockRef& block);

  // A block of the arena, after the engine's latest word on what is free again.
  Result<ipc::Block> allocate(std::size_t bytes);
  ipc::Arena& arena() { return arena_; }
  ipc::Line& line() { return home().line; }
  ipc::WorkerHome& home() { return *reinterpret_cast<ipc::WorkerHome*>(home_data_); }
  int standard_output() const { return standard_output_.get(); }
  int bell() const { return bell_.get(); }
  // What this process is to keep itself from; none: nothing.
  const std::optional<ipc::SandboxOrder>& sandbox() const { return sandbox_; }

 private:
  explicit Connection(UniqueFd channel) : channel_(std::move(channel)) {}

  Result<void> greet();
  Result<ipc::OwnedExtent> grow(std::size_t bytes) override;
  void shrink(std::uint32_t extent) override;
  void pump();
  void read_letters();
  bool keep_up(ipc::Letter& letter);
  void adopt(ipc::Letter letter);
  static void receive_object(ipc::Letter letter);
  const ipc::Board& board() const { return *reinterpret_cast<const ipc::Board*>(board_.data()); }
  const ipc::EngineHome& engine() const {
    return *reinterpret_cast<const ipc::EngineHome*>(engine_home_.data());
  }

  ipc::ChannelReader channel_;
  std::deque<ipc::Letter> letters_;
  UniqueFd bell_;
  UniqueFd standard_output_;
  std::optional<ipc::SandboxOrder> sandbox_;
  ipc::Mapping board_;
  ipc::Mapping engine_home_;
  std::byte* home_data_ = nullptr;  // belongs to the arena's first extent
  ipc::RingWriter writer_;
  ipc::RingReader reader_;
  std::deque<ipc::Descriptor> arrived_;
  ipc::Arena arena_{*this};
  std::unordered_map<std::uint32_t, ipc::Mapping> mapped_;  // of others
};

}  // namespace penstock
