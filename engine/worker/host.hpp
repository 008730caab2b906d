// What a task can ask of its worker: the penstock_host of one stage. It knows the call in hand and
// sends what the call makes; nothing of it counts before the call ends. One thread.
#pragma once

#include <penstock/plugin.h>

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "ipc/message.hpp"
#include "ipc/order.hpp"
#include "worker/connection.hpp"
#include "worker/input_stream.hpp"
#include "worker/outputs.hpp"

namespace penstock {

// Set by SIGTERM; a task that looks is given the grace to come to an end.
extern volatile std::sig_atomic_t cancel_requested;
extern volatile std::sig_atomic_t cancel_watched;

class Host {
 public:
  Host(Connection& connection, const ipc::StageOrder& order, const penstock_task& task);
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  const penstock_host& table() const { return table_; }

  // Around each call. `inputs`: see Outputs.
  void begin(std::uint64_t call, std::span<const penstock_bytes> inputs = {},
             std::size_t items = 0);
  void allow_emit() { outputs_.allow(); }  // in this call
  // What the call emits on its main output goes there instead; how many values that were.
  void collect(std::string& into) {
    collects_ = &into;
    collected_ = 0;
  }
  std::size_t collected() const { return collected_; }
  void end();

  bool answered() const { return answered_; }
  bool failed() const { return failed_; }
  const std::string& message() const { return message_; }
  std::uint32_t failure() const { return failure_; }
  void fail(std::uint32_t failure, std::string_view message);

  InputStream& input_stream() { return stream_; }

 private:
  std::int32_t judge(const Result<void>& result);
  std::int32_t emit(std::uint32_t output, penstock_bytes value, penstock_bytes key);
  std::int32_t collect_value(std::uint32_t output, penstock_bytes value);
  void* loan(std::size_t size);
  std::int32_t answer(penstock_bytes value);
  std::int32_t read_input(penstock_bytes* view, std::int32_t* end);
  void log(std::uint32_t level, penstock_text message);
  penstock_text item_id();
  ipc::Descriptor about(ipc::Kind kind) const;

  Connection& connection_;
  const std::uint16_t stage_;
  const std::string instance_id_;
  const bool forced_;
  InputStream stream_;
  Outputs outputs_;
  penstock_host table_{};

  std::uint64_t call_ = 0;
  std::string* collects_ = nullptr;
  std::size_t collected_ = 0;
  bool answered_ = false;
  bool failed_ = false;
  std::uint32_t failure_ = 0;
  std::string message_;
  std::string id_;
};

}  // namespace penstock
