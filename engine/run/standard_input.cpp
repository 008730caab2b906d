#include "run/standard_input.hpp"

#include <sys/epoll.h>
#include <unistd.h>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace penstock {

StandardInput::StandardInput(boost::asio::io_context& loop, ExtentTable& extents,
                             EngineMemory& memory)
    : loop_(loop), extents_(extents), memory_(memory) {}

bool StandardInput::open(StageIndex user) {
  if (user_ == user) return true;
  if (user_ != kNoStage) return false;
  user_ = user;
  UniqueFd set(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event event{};
  event.events = EPOLLIN;
  if (::epoll_ctl(set.get(), EPOLL_CTL_ADD, STDIN_FILENO, &event) == 0) {
    readable_ = std::make_unique<boost::asio::posix::stream_descriptor>(loop_, set.release());
  }
  read_more();
  return true;
}

const StandardInput::Piece* StandardInput::find(std::uint32_t number) const {
  if (pieces_.empty() || number < pieces_.front().number) return nullptr;
  const std::size_t index = number - pieces_.front().number;
  return index < pieces_.size() ? &pieces_[index] : nullptr;
}

void StandardInput::forget_before(std::uint64_t position) {
  while (!pieces_.empty() && pieces_.front().position + pieces_.front().size <= position) {
    extents_.release(pieces_.front().block);
    pieces_.pop_front();
  }
  read_more();
}

void StandardInput::read_more() {
  if (reading_ || ended_ || user_ == kNoStage || pieces_.size() >= kKept) return;
  reading_ = true;
  // The loop may outlive this with what it was given.
  const auto go_on = [this, here = std::weak_ptr(here_)](boost::system::error_code error) {
    if (error || here.expired()) return;
    reading_ = false;
    read_some();
    read_more();
  };
  if (readable_) {
    readable_->async_wait(boost::asio::posix::descriptor_base::wait_read, go_on);
  } else {
    boost::asio::post(loop_, [go_on] { go_on({}); });
  }
}

bool StandardInput::prepare(std::size_t bytes) {
  if (filling_.data != nullptr && filled_ < filling_.ref.size) return true;
  auto block = memory_.allocate(std::max(bytes, 2 * filled_));
  if (!block) {
    fail(block.error().what());
    return false;
  }
  if (filling_.data != nullptr) {  // a line that is longer than the block
    std::memcpy(block->data, filling_.data, filled_);
    memory_.free(filling_);
  }
  filling_ = block.value();
  return true;
}

void StandardInput::read_some() {
  if (filled_ >= kMaxLine) {
    return fail("a line of the standard input is longer than " + std::to_string(kMaxLine >> 20) +
                " MiB");
  }
  if (!prepare(kPieceBytes)) return;
  const ssize_t n = ::read(STDIN_FILENO, filling_.data + filled_, filling_.ref.size - filled_);
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (n < 0) {
    // Where it was closed at the start, something that cannot be read stands in its place.
    return fail(errno == EBADF
                    ? "the standard input is closed"
                    : std::string("reading the standard input failed: ") + std::strerror(errno));
  }
  if (n == 0) {
    if (filled_ > 0) complete(filled_);
    ended_ = true;
    return;
  }
  filled_ += static_cast<std::size_t>(n);
  const void* last = ::memrchr(filling_.data, '\n', filled_);
  if (last != nullptr) {
    complete(static_cast<std::size_t>(static_cast<const std::byte*>(last) - filling_.data) + 1);
  }
}

// The first `size` bytes are whole lines; what follows them begins the next piece.
void StandardInput::complete(std::size_t size) {
  const std::size_t rest = filled_ - size;
  if (size <= kSmallPiece) return complete_small(size, rest);
  ipc::Block done = std::exchange(filling_, {});
  filled_ = 0;
  if (rest > 0) {
    if (!prepare(std::max(kPieceBytes, 2 * rest))) return;
    std::memcpy(filling_.data, done.data + size, rest);
    filled_ = rest;
  }
  done.ref.size = size;
  keep(done.ref);
}

// A line now and then: the block that is being filled is too large to be given away for it.
void StandardInput::complete_small(std::size_t size, std::size_t rest) {
  auto block = memory_.allocate(size);
  if (!block) return fail(block.error().what());
  std::memcpy(block->data, filling_.data, size);
  std::memmove(filling_.data, filling_.data + size, rest);
  filled_ = rest;
  keep(block->ref);
}

void StandardInput::keep(const ipc::BlockRef& ref) {
  auto block = memory_.keep(ref);
  if (!block) return fail(block.error().what());
  pieces_.push_back({next_number_++, position_, ref.size, block.value()});
  position_ += ref.size;
}

void StandardInput::fail(std::string text) {
  problem_ = std::move(text);
  ended_ = true;
}

}  // namespace penstock
