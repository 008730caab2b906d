// What a task can ask of its worker: the penstock_host of one stage. It knows the call in hand and
// sends what the call makes; nothing of it counts before the call ends. One thread.
#pragma once

#include <penstock/plugin.h>

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "ipc/message.hpp"
#include "worker/connection.hpp"

namespace penstock {

// Set by SIGTERM; a task that looks is given the grace to come to an end.
extern volatile std::sig_atomic_t cancel_requested;
extern volatile std::sig_atomic_t cancel_watched;

// What a source sees of the engine's standard input: pieces of whole lines, in order.
struct InputStream {
  struct Piece {
    std::uint32_t number;
    std::uint64_t position;  // in the stream
    const std::byte* data;
    std::uint64_t size;
  };
  std::deque<Piece> pieces;
  std::uint64_t position = 0;  // what was consumed
  bool wanted = false;
  bool ended = false;
  bool used = false;  // in this stage, ever

  void feed(const Piece& piece) {
    if (piece.position + piece.size > position) pieces.push_back(piece);
  }
};

class Host {
 public:
  Host(Connection& connection, std::uint16_t stage, const penstock_task& task,
       std::uint64_t max_output);
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  const penstock_host& table() const { return table_; }

  // Around each call. `input` is the payload that parts may be passed on of; may be empty.
  void begin(std::uint64_t call, penstock_bytes input, bool passable);
  void allow_emit() { may_emit_ = true; }  // in this call
  void end();

  bool answered() const { return answered_; }
  bool failed() const { return failed_; }
  const std::string& message() const { return message_; }
  std::uint32_t failure() const { return failure_; }
  void fail(std::uint32_t failure, std::string_view message);

  InputStream& input_stream() { return stream_; }

 private:
  std::int32_t emit(std::uint32_t output, penstock_bytes value);
  void* loan(std::size_t size);
  std::int32_t answer(penstock_bytes value);
  std::int32_t read_input(penstock_bytes* view, std::int32_t* end);
  void consume(std::size_t size);
  penstock_text item_id();
  void place(ipc::Descriptor& descriptor, penstock_bytes value);
  bool copy(ipc::Descriptor& descriptor, penstock_bytes value);
  void send_output(const ipc::Descriptor& descriptor);
  void send_page();
  ipc::Descriptor about(ipc::Kind kind) const;

  Connection& connection_;
  const std::uint16_t stage_;
  const std::size_t output_count_;
  const std::uint64_t max_output_;
  const bool keep_views_;  // parts of inputs stay so in pages, too
  penstock_host table_{};

  std::uint64_t call_ = 0;
  penstock_bytes input_{};
  bool passable_ = false;
  std::vector<ipc::Block> loans_;
  std::uint64_t output_bytes_ = 0;
  std::uint32_t outputs_ = 0;
  ipc::Block page_;  // being filled
  std::uint32_t in_page_ = 0;
  bool may_emit_ = false;
  bool answered_ = false;
  bool failed_ = false;
  std::uint32_t failure_ = 0;
  std::string message_;
  std::string id_;
  InputStream stream_;
};

}  // namespace penstock
