#include "api/lines.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "run/payload_text.hpp"

namespace penstock {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;
constexpr std::size_t kPipeTakes = 4096;  // PIPE_BUF: so much a writable pipe takes without a wait

}  // namespace

bool LinePrinter::ready() {
  return buffer_.size() < kBufferBytes;
}

Result<void> LinePrinter::take(std::uint64_t number, std::string bytes) {
  std::string text = type_ == "text" || type_ == "bytes" ? std::move(bytes)
                                                         : payload_json(type_, bytes, bytes.size());
  text += '\n';
  if (ordered_ && number != first_) {
    line(number).text += text;
    waiting_bytes_ += text.size();
    return {};
  }
  buffer_ += text;
  return buffer_.size() >= kBufferBytes ? write_some() : Result<void>();
}

LinePrinter::Line& LinePrinter::line(std::uint64_t number) {
  const std::size_t index = number - first_;
  if (index >= lines_.size()) lines_.resize(index + 1);
  return lines_[index];
}

void LinePrinter::ended(std::uint64_t number) {
  if (!ordered_) return;
  line(number).ended = true;
  while (!lines_.empty() && lines_.front().ended) {
    lines_.pop_front();
    ++first_;
    // What has come of the next one so far need not wait any longer.
    if (lines_.empty()) break;
    waiting_bytes_ -= lines_.front().text.size();
    buffer_ += std::exchange(lines_.front().text, {});
  }
}

Result<void> LinePrinter::flush() {
  return write_some();
}

Result<bool> LinePrinter::finish() {
  if (auto written = write_some(); !written) return written.error();
  return buffer_.empty() && lines_.empty();  // those wait for the end of earlier ones, elsewhere
}

Result<void> LinePrinter::write_some() {
  while (written_ < buffer_.size()) {
    pollfd output{STDOUT_FILENO, POLLOUT, 0};
    if (::poll(&output, 1, 0) <= 0) break;
    const ssize_t n = ::write(STDOUT_FILENO, buffer_.data() + written_,
                              std::min(buffer_.size() - written_, kPipeTakes));
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) break;
    if (n < 0) {
      return Error(Status::lack, "the standard output cannot be written: " + errno_text(errno));
    }
    written_ += static_cast<std::size_t>(n);
  }
  if (written_ == buffer_.size() || written_ > kBufferBytes) {
    buffer_.erase(0, written_);
    written_ = 0;
  }
  return {};
}

bool LineReader::next(Payload& payload) {
  input_.open(stage_);
  if (input_.pieces().empty() || printer_.crowded()) return false;
  const StandardInput::Piece piece = input_.pieces().front();
  const std::byte* begin = input_.data(piece) + offset_;
  const std::uint64_t left = piece.size - offset_;
  const auto* end = static_cast<const std::byte*>(std::memchr(begin, '\n', left));
  const std::uint64_t length = end != nullptr ? static_cast<std::uint64_t>(end - begin) : left;
  const std::uint64_t text =
      length > 0 && begin[length - 1] == std::byte{'\r'} ? length - 1 : length;
  if (text <= ipc::kInlineBytes) {
    payload = Payload::of_bytes({begin, text});
  } else {
    extents_.hold(piece.block);
    payload = Payload::of_block(piece.block, offset_, text);
  }
  offset_ += std::min(length + 1, left);
  if (offset_ == piece.size) {
    offset_ = 0;
    input_.forget_before(piece.position + piece.size);
  }
  return true;
}

bool LineReader::over() const {
  return input_.at_end() && input_.pieces().empty();
}

}  // namespace penstock
