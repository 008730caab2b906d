// files.lines: each line of files, without its end. Reads blocks into memory of its own, from where
// lines, which are small, are copied as they are emitted; from the standard input they are not.
#pragma once

#include <penstock/plugin.hpp>

#include <vector>

#include "files/cursor.hpp"
#include "files/paths.hpp"

namespace penstock::files {

class Lines {
 public:
  static constexpr bool reads_input = true;

  Paths input;
  Size max_line = 64_MiB;

  void params(Params& p);
  void restore(const Snapshot& snapshot);
  void open(Context& context);
  bool produce(std::size_t want, Emit<std::string_view>& out, Context& context);
  Snapshot snapshot() const;

 private:
  bool produce_from_input(std::size_t want, Emit<std::string_view>& out, Context& context);
  void fill();
  void check_length(std::size_t length) const;

  Cursor cursor_;  // at the first line that is not emitted
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // what is read and not emitted: [begin_, end_)
  std::size_t end_ = 0;
  bool file_ended_ = false;
};

}  // namespace penstock::files
