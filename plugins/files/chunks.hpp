// files.chunks: the content of files in pieces of about `size` bytes that end where a line ends; a
// piece is never of two files. It is read straight into the block that is handed on, never a file
// whole; only a line longer than `size` makes a longer piece.
#pragma once

#include <penstock/plugin.hpp>

#include "files/cursor.hpp"
#include "files/paths.hpp"

namespace penstock::files {

class Chunks {
 public:
  static constexpr bool reads_input = true;

  Paths input;
  Size size = 1_MiB;
  Size max_line = 64_MiB;

  void params(Params& p);
  void restore(const Snapshot& snapshot);
  void open(Context& context);
  bool produce(std::size_t want, Emit<std::string_view>& out, Context& context);
  Snapshot snapshot() const;

 private:
  bool produce_from_input(std::size_t want, Emit<std::string_view>& out, Context& context);
  std::string_view read_chunk(Context& context);

  Cursor cursor_;  // at the first byte that is not emitted
};

}  // namespace penstock::files
