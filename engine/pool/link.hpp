// The engine's end of one worker: two rings, a channel and a bell. Says nothing of what passes.
// A link is made before the process is started; `worker_end` goes to it. Belongs to the loop.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "ipc/channel.hpp"
#include "ipc/extent.hpp"
#include "ipc/message.hpp"
#include "ipc/order.hpp"
#include "ipc/segment.hpp"
#include "pool/extent_table.hpp"

namespace penstock {

// The engine's own page, which all workers read.
class EngineBoard {
 public:
  static Result<EngineBoard> create();

  // Between these two calls workers ring the bell when they publish.
  void set_sleeping(bool sleeping);
  const UniqueFd& fd() const { return fd_; }

 private:
  UniqueFd fd_;
  ipc::Mapping mapping_;
};

// What a worker is told of itself first.
struct LinkTerms {
  bool standard_output = false;  // it gets a descriptor of the engine's
  bool prints = false;           // likewise, and what it prints goes there
  std::uint32_t party = 0;       // its number among those who share objects
  std::optional<ipc::SandboxOrder> sandbox;
};

class Link {
 public:
  // More than ever waits for a worker that takes them between two calls: many freed blocks, and an
  // extent of each of many others.
  static constexpr std::size_t kWaitingAtMost = 1u << 20;
  static constexpr std::size_t kLettersAtMost = 1u << 16;

  static Result<Link> create(WorkerId worker, ExtentTable& extents, const EngineBoard& board,
                             const LinkTerms& terms);

  // Queued, and visible to the worker after flush(). Never fails for lack of room: what the ring
  // does not take waits here.
  void send(const ipc::Descriptor& descriptor);
  void send_freed(std::uint32_t extent, std::uint64_t offset);
  Result<void> send_letter(ipc::LetterKind kind, std::string body, std::vector<UniqueFd> fds = {});
  Result<void> flush_letters() { return channel_.flush(); }
  bool letters_pending() const { return channel_.pending() > 0; }
  void flush();

  // The next descriptor that the worker has published. Also checks the worker's cursors: see
  // lied().
  bool receive(ipc::Descriptor& descriptor) { return reader_.pop(descriptor); }
  void release() { reader_.release(); }
  bool has_next() const { return reader_.has_next(); }
  // Also one that goes on answering and does not take what it is sent.
  bool lied() const {
    return reader_.broken() || writer_.broken() || waiting_.size() > kWaitingAtMost ||
           channel_.pending() > kLettersAtMost;
  }
  bool waits_for_room() const { return !waiting_.empty(); }

  // Calls up to `last` are not to be run where they have not begun; see ipc/withdrawal.hpp for what
  // it answers.
  std::uint64_t withdraw(std::uint64_t last);

  // The worker is dead, or late and its line is of interest: what it has written and not published
  // can be received, too.
  void accept_unpublished();
  bool unheard() const;  // it has ended a call that it has not published
  const ipc::Line& line() const { return worker_home().line; }
  const ipc::CrashRecord& crash() const { return worker_home().crash; }
  std::string modules() const;

  UniqueFd take_worker_end() { return std::move(worker_end_); }
  int bell_fd() const { return bell_.get(); }
  const UniqueFd& bell() const { return bell_; }
  int channel_fd() const { return channel_.socket().get(); }

 private:
  explicit Link(UniqueFd channel) : channel_(std::move(channel)) {}

  ipc::EngineHome& engine_home() const {
    return *reinterpret_cast<ipc::EngineHome*>(engine_home_.data());
  }
  const ipc::WorkerHome& worker_home() const {
    return *reinterpret_cast<const ipc::WorkerHome*>(worker_home_.data());
  }

  ipc::ChannelWriter channel_;
  UniqueFd worker_end_;
  UniqueFd bell_;
  ipc::Mapping engine_home_;
  ipc::Mapping worker_home_;
  ipc::RingWriter writer_;
  ipc::RingReader reader_;
  std::deque<ipc::Descriptor> waiting_;
  ipc::Descriptor freed_;  // being filled
};

}  // namespace penstock
