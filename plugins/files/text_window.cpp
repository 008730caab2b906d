#include "files/text_window.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace penstock::files {
namespace {

constexpr std::size_t block = 256 << 10;
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

}  // namespace

void TextWindow::restore(Place place) {
  if (!place.cursor.empty()) cursor_.restore(place.cursor);
  make_room(place.rest.size());
  end_ = place.rest.copy(buffer_.data(), place.rest.size());
  taken_ = place.taken;
  line_ = place.line;
}

void TextWindow::open(const Paths& input, Context& context) {
  from_input_ = input.standard_input();
  if (from_input_) return;
  cursor_.open(input.find(), context);
  if (cursor_.offset() == 0) {  // the file that it stood in is not there any more
    taken_ = 0;
    line_ = 1;
  }
  make_room(block);
}

TextWindow::Place TextWindow::place() const {
  Place place;
  if (from_input_) {
    place.rest = buffered();
  } else {
    place.cursor = cursor_.snapshot().text();
  }
  place.taken = taken_;
  place.line = line_;
  return place;
}

bool TextWindow::at_text(Context& context) {
  if (from_input_) return at_input(context);
  while (begin_ == end_) {
    if (whole_) {
      cursor_.next_file();
      whole_ = false;
      taken_ = 0;
      line_ = 1;
    }
    if (!cursor_.at_file()) {
      ended_ = true;
      return false;
    }
    fill();
  }
  text_ = buffered();
  return true;
}

// Parts of the input can be emitted without a copy: it comes into the buffer only where a record
// goes on behind what the engine shows at a time.
bool TextWindow::at_input(Context& context) {
  const Input given = context.input();
  if (begin_ != end_) {
    text_ = buffered();
    whole_ = given.end && given.text.empty();
    return true;
  }
  text_ = given.text;
  whole_ = given.end;
  ended_ = given.end && text_.empty();
  return !text_.empty();
}

bool TextWindow::grow(Context& context) {
  if (from_input_) return grow_from_input(context);
  fill();
  return true;
}

bool TextWindow::grow_from_input(Context& context) {
  if (begin_ == end_) {
    begin_ = end_ = 0;
    make_room(text_.size());
    end_ = text_.copy(buffer_.data(), text_.size());
    context.consume(end_);
  }
  const Input given = context.input();
  // So much that the whole of a long record is looked at a few times only, but not all that is
  // there: what is in the buffer is part of each snapshot.
  std::size_t length = std::min(given.text.size(), end_ - begin_);
  if (length != 0) length = std::min(given.text.find('\n', length - 1), given.text.size() - 1) + 1;
  make_room(length);
  end_ += given.text.copy(buffer_.data() + end_, length);
  context.consume(length);
  return length != 0 || given.end;
}

void TextWindow::fill() {
  make_room(end_ - begin_ == buffer_.size() ? buffer_.size() : 1);
  const std::span<char> room(buffer_.data() + end_, buffer_.size() - end_);
  const std::size_t read = cursor_.read(end_ - begin_, std::as_writable_bytes(room));
  whole_ = read < room.size();
  end_ += read;
}

// For so many bytes more behind what is in the buffer, which moves to its front.
void TextWindow::make_room(std::size_t bytes) {
  if (begin_ != 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
  }
  if (buffer_.size() - end_ < bytes) buffer_.resize(end_ + bytes);
}

void TextWindow::take(std::size_t bytes, std::size_t lines, Context& context) {
  if (begin_ != end_) {
    begin_ += bytes;
  } else {
    context.consume(bytes);
  }
  if (!from_input_) cursor_.advance(bytes);
  text_.remove_prefix(bytes);
  taken_ += static_cast<std::int64_t>(bytes);
  line_ += static_cast<std::int64_t>(lines);
}

void TextWindow::take_byte_order_mark(Context& context) {
  if (text_.starts_with(byte_order_mark)) take(byte_order_mark.size(), 0, context);
}

}  // namespace penstock::files
