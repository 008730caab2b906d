// A window on the text of files that are read one after the other, or of the standard input. It
// begins at the first byte that has not been taken and grows where its reader has to see more; a
// file's text is never mixed with that of the next. Sources of records are made on top of it: where
// a record ends is theirs to know. What cannot be read throws, with the path.
#pragma once

#include <penstock/context.hpp>
#include <penstock/fields.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "files/cursor.hpp"
#include "files/paths.hpp"

namespace penstock::files {

class TextWindow {
 public:
  // What a call of a source should take at most, about: others want memory too.
  static constexpr std::size_t enough_for_a_call = 8 << 20;

  // Enough for another process to go on exactly there.
  struct Place {
    std::string cursor;      // of files
    std::string rest;        // of the standard input: consumed, but not taken
    std::int64_t taken = 0;  // bytes of this file
    std::int64_t line = 1;   // that the window begins in
  };

  void restore(Place place);  // before `open`
  void open(const Paths& input, Context& context);
  Place place() const;

  // Has a look at what is to be read next. False if there is nothing now (standard input) or ever
  // again (`ended`). Text is good until the next call of this or of `grow`, and not beyond a call.
  bool at_text(Context& context);
  std::string_view text() const { return text_; }
  bool whole() const { return whole_; }  // the file ends with text()
  bool ended() const { return ended_; }

  // Makes more visible, if text() is not whole. False if that is not possible now.
  bool grow(Context& context);

  void take(std::size_t bytes, std::size_t lines, Context& context);
  void take_byte_order_mark(Context& context);  // if the window begins with it

  bool at_begin() const { return taken_ == 0; }  // of a file
  std::int64_t line() const { return line_; }
  std::string path() const { return from_input_ ? "-" : cursor_.path(); }

 private:
  bool at_input(Context& context);
  bool grow_from_input(Context& context);
  void fill();
  void make_room(std::size_t bytes);
  std::string_view buffered() const { return {buffer_.data() + begin_, end_ - begin_}; }

  bool from_input_ = false;
  Cursor cursor_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // what is in the buffer and not taken: [begin_, end_)
  std::size_t end_ = 0;
  std::string_view text_;
  bool whole_ = false;
  bool ended_ = false;
  std::int64_t taken_ = 0;
  std::int64_t line_ = 1;
};
PENSTOCK_FIELDS(TextWindow::Place, cursor, rest, taken, line)

}  // namespace penstock::files
