// files.gather: items as lines, put together in pieces of about `size` bytes, in the order in which
// they come. So that what works on pieces of text, such as compression, has enough of it at a time.
// A row is never in two pieces. Where no item comes there is one piece, which is empty.
#pragma once

#include <penstock/plugin.hpp>

#include <string>
#include <string_view>

#include "files/row_format.hpp"

namespace penstock::files {

class Gather {
 public:
  Format format = Format::lines;
  Size size = 1_MiB;

  void params(Params& p);
  void restore(const Snapshot& snapshot);
  void run(const Datum& item, Emit<std::string_view>& out);
  void finish(Emit<std::string_view>& out);
  Snapshot snapshot() const;

 private:
  void emit_piece(Emit<std::string_view>& out);

  std::string piece_;
  std::uint64_t emitted_ = 0;  // pieces
};

}  // namespace penstock::files
