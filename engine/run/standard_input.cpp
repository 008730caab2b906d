#include "run/standard_input.hpp"

#include <unistd.h>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace penstock {

StandardInput::StandardInput(boost::asio::io_context& loop, ExtentTable& extents)
    : loop_(loop), extents_(extents) {}

StandardInput::~StandardInput() = default;

bool StandardInput::open(StageIndex user) {
  if (user_ == user) return true;
  if (user_ != kNoStage) return false;
  user_ = user;
  auto copy = duplicate(STDIN_FILENO);
  if (!copy) {
    fail("the standard input is closed");
    return true;
  }
  descriptor_ = std::make_unique<boost::asio::posix::stream_descriptor>(loop_);
  boost::system::error_code error;
  descriptor_->assign(copy->get(), error);
  if (error) {
    fail("the standard input cannot be waited for: " + error.message());
    return true;
  }
  copy->release();
  read_more();
  return true;
}

const StandardInput::Piece* StandardInput::find(std::uint32_t number) const {
  if (pieces_.empty() || number < pieces_.front().number) return nullptr;
  const std::size_t index = number - pieces_.front().number;
  return index < pieces_.size() ? &pieces_[index] : nullptr;
}

const std::byte* StandardInput::data(const Piece& piece) const {
  return arena_.at(extents_.ref(piece.block).extent, extents_.ref(piece.block).offset);
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
  if (descriptor_) {
    descriptor_->async_wait(boost::asio::posix::descriptor_base::wait_read,
                            [this](boost::system::error_code error) {
                              if (error == boost::asio::error::operation_aborted) return;
                              // epoll takes no files and no /dev/null: these never wait.
                              if (error) descriptor_.reset();
                              reading_ = false;
                              read_some();
                              read_more();
                            });
  } else {
    boost::asio::post(loop_, [this] {
      reading_ = false;
      read_some();
      read_more();
    });
  }
}

bool StandardInput::prepare(std::size_t bytes) {
  if (filling_.data != nullptr && filled_ < filling_.ref.size) return true;
  auto block = arena_.allocate(std::max(bytes, 2 * filled_));
  if (!block) {
    fail(block.error().what());
    return false;
  }
  if (filling_.data != nullptr) {  // a line that is longer than the block
    std::memcpy(block->data, filling_.data, filled_);
    arena_.free(filling_.ref.extent, filling_.ref.offset);
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
  const int fd = descriptor_ ? descriptor_->native_handle() : STDIN_FILENO;
  const ssize_t n = ::read(fd, filling_.data + filled_, filling_.ref.size - filled_);
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (n < 0) return fail(std::string("reading the standard input failed: ") + std::strerror(errno));
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
  ipc::Block done = std::exchange(filling_, {});
  const std::size_t rest = filled_ - size;
  filled_ = 0;
  if (rest > 0) {
    if (!prepare(std::max(kPieceBytes, 2 * rest))) return;
    std::memcpy(filling_.data, done.data + size, rest);
    filled_ = rest;
  }
  done.ref.size = size;
  auto block = extents_.add(kEngine, done.ref);
  if (!block) return fail(block.error().what());
  pieces_.push_back({next_number_++, position_, size, block.value()});
  position_ += size;
}

void StandardInput::fail(std::string text) {
  problem_ = std::move(text);
  ended_ = true;
}

Result<ipc::OwnedExtent> StandardInput::grow(std::size_t bytes) {
  auto id = extents_.create(kEngine, bytes);
  if (!id) return id.error();
  auto mapping = ipc::map_owned(extents_.fd(id.value()), bytes);
  if (!mapping) return mapping.error();
  return ipc::OwnedExtent{id.value(), std::move(mapping.value())};
}

void StandardInput::shrink(std::uint32_t extent) {
  extents_.drop(kEngine, extent);
}

}  // namespace penstock
