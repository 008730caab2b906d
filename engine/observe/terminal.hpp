// What progress is written to: a descriptor, most often standard error, and what the other end can
// do. Does not own the descriptor. One thread at a time. Writing never fails loudly: a run does not
// end because nobody looks at it.
#pragma once

#include <cstddef>
#include <string_view>

namespace penstock {

// How much room a picture has, and what may be in it.
struct Look {
  std::size_t columns = 80;
  std::size_t rows = 24;
  bool colour = false;
  bool utf8 = false;  // characters beyond ASCII

  // Columns to be used: a line that ends in the last one would be broken by some terminals.
  std::size_t room() const { return columns > 1 ? columns - 1 : 1; }
};

class Terminal {
 public:
  // Reads TERM, NO_COLOR and the locale's variables of the environment, once.
  explicit Terminal(int fd);

  // Whether lines can be drawn over: a terminal that is not a dumb one.
  bool can_redraw() const { return can_redraw_; }

  // As it is now: windows change their size. 80 by 24 where there is none.
  Look look() const;

  // What cannot be written, since the other end is closed or does not read for a second, is lost.
  void write(std::string_view text) const;

 private:
  int fd_;
  bool can_redraw_;
  bool colour_;
  bool utf8_;
};

}  // namespace penstock
