#include "files/lines.hpp"

#include <algorithm>
#include <cstring>

namespace penstock::files {
namespace {

constexpr std::size_t block = 256 << 10;

}  // namespace

void Lines::params(Params& p) {
  input.params(p);
  p.optional("max_line", max_line, "a longer line is an error", at_least(1_KiB));
}

void Lines::restore(const Snapshot& snapshot) {
  if (!snapshot.empty()) cursor_.restore(snapshot);
}

void Lines::open(Context& context) {
  if (input.standard_input()) return;
  cursor_.open(input.find(), context);
  buffer_.resize(block);
}

Snapshot Lines::snapshot() const {
  return input.standard_input() ? Snapshot() : cursor_.snapshot();
}

bool Lines::produce(std::size_t want, Emit<std::string_view>& out, Context& context) {
  if (input.standard_input()) return produce_from_input(want, out, context);
  while (want != 0) {
    if (!cursor_.at_file()) return false;
    const char* line = buffer_.data() + begin_;
    const std::size_t left = end_ - begin_;
    const auto* newline = static_cast<const char*>(std::memchr(line, '\n', left));
    if (newline == nullptr && !file_ended_) {
      fill();
      continue;
    }
    if (left != 0) {
      const auto length = newline != nullptr ? static_cast<std::size_t>(newline - line) : left;
      const std::size_t used = newline != nullptr ? length + 1 : length;
      check_length(length);
      out({line, length});
      begin_ += used;
      cursor_.advance(used);
      --want;
    }
    if (begin_ == end_ && file_ended_) {
      cursor_.next_file();
      begin_ = end_ = 0;
      file_ended_ = false;
    }
  }
  return true;
}

void Lines::fill() {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  check_length(end_);
  if (end_ == buffer_.size()) buffer_.resize(2 * buffer_.size());
  const std::span<char> room(buffer_.data() + end_, buffer_.size() - end_);
  const std::size_t read = cursor_.read(end_, std::as_writable_bytes(room));
  file_ended_ = read < room.size();
  end_ += read;
}

void Lines::check_length(std::size_t length) const {
  if (length > max_line) {
    throw Permanent("'" + cursor_.path() + "' has a line of more than " +
                    std::to_string(max_line.bytes) + " bytes at offset " +
                    std::to_string(cursor_.offset()) + "; max_line can be set higher");
  }
}

bool Lines::produce_from_input(std::size_t want, Emit<std::string_view>& out, Context& context) {
  const Input given = context.input();
  std::string_view rest = given.text;
  for (; want != 0 && !rest.empty(); --want) {
    const std::size_t length = std::min(rest.find('\n'), rest.size());
    out(rest.substr(0, length));
    rest.remove_prefix(std::min(length + 1, rest.size()));
  }
  context.consume(given.text.size() - rest.size());
  return !(given.end && rest.empty());
}

}  // namespace penstock::files
