#include "process/pipe_reader.hpp"

#include <unistd.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <utility>

namespace penstock {

struct PipeReader::State : std::enable_shared_from_this<PipeReader::State> {
  State(boost::asio::io_context& loop, UniqueFd read_end, OnBytes bytes, OnEnd end)
      : pipe(loop, read_end.release()), on_bytes(std::move(bytes)), on_end(std::move(end)) {}

  void wait() {
    pipe.async_wait(pipe.wait_read, [self = shared_from_this()](boost::system::error_code error) {
      if (error || !self->pipe.is_open()) return;
      if (self->read_once()) self->wait();
    });
  }

  // False when nothing more is to be expected now; the pipe is closed then if it has ended.
  bool read_once() {
    std::array<char, 64 << 10> buffer;
    const ssize_t n = ::read(pipe.native_handle(), buffer.data(), buffer.size());
    if (n > 0) {
      on_bytes(std::string_view(buffer.data(), static_cast<std::size_t>(n)));
      return pipe.is_open();
    }
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    close();
    if (const OnEnd end = std::exchange(on_end, {})) end();
    return false;
  }

  void close() {
    boost::system::error_code ignored;
    pipe.close(ignored);
  }

  boost::asio::posix::stream_descriptor pipe;
  OnBytes on_bytes;
  OnEnd on_end;
};

PipeReader::PipeReader(boost::asio::io_context& loop, UniqueFd read_end, OnBytes on_bytes,
                       OnEnd on_end) {
  if (!set_nonblocking(read_end.get())) read_end.reset();
  if (!read_end) return;
  state_ =
      std::make_shared<State>(loop, std::move(read_end), std::move(on_bytes), std::move(on_end));
  state_->wait();
}

PipeReader::~PipeReader() {
  if (state_) state_->close();
}

void PipeReader::drain() {
  const auto state = state_;
  for (int pieces = 0; state && pieces < 16 && state->pipe.is_open(); ++pieces) {
    if (!wait_readable(state->pipe.native_handle(), 0) || !state->read_once()) return;
  }
}

}  // namespace penstock
