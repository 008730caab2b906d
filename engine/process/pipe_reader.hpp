// Reads what comes out of a pipe while the loop runs, and gives it to a callback piece by piece.
// Owns the reading end. The loop's thread; a read error counts as the end.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string_view>

#include "base/fd.hpp"

namespace penstock {

class PipeReader {
 public:
  using OnBytes = std::function<void(std::string_view bytes)>;
  using OnEnd = std::function<void()>;

  // Makes `read_end` non-blocking. `on_end` comes once, when the last writer is gone, and may be
  // empty. Either may destroy the reader.
  PipeReader(boost::asio::io_context& loop, UniqueFd read_end, OnBytes on_bytes, OnEnd on_end = {});
  ~PipeReader();
  PipeReader(const PipeReader&) = delete;
  PipeReader& operator=(const PipeReader&) = delete;

  // Reads at once what stands in the pipe: the writer is known to be dead, but the end may not
  // come, because what it left behind can hold the pipe open. At most about a mebibyte.
  void drain();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace penstock
