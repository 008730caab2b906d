// Rows for an Output. They gather in memory until a block of them is written, or an epoch is
// committed: what one commit holds is cut back to by the next instance. A row that cannot be made
// leaves no trace.
#pragma once

#include <penstock/context.hpp>

#include <string>

#include "files/output.hpp"

namespace penstock::files {

class RowOutput {
 public:
  // `offset` is what the last commit answered.
  void open(const std::string& path, Epoch last, std::uint64_t offset, Context& context) {
    output_.open(path, context.output_fd(), last, offset);
  }

  // Calls append(std::string&), which adds a row. Throws what it throws, without the row.
  template <class Append>
  void add(Append append) {
    if (rows_.size() >= block) flush();
    const std::size_t before = rows_.size();
    try {
      append(rows_);
    } catch (...) {
      rows_.resize(before);
      throw;
    }
  }

  std::uint64_t commit(Epoch epoch) {
    if (!rows_.empty()) flush();
    output_.keep();
    if (epoch.sync || epoch.last) output_.sync();
    return output_.offset();
  }

  void finish(const std::string& path, Context& context) {
    if (output_.complete()) context.log("'" + path + "' is complete already");
    output_.finish();
  }

  void close() { output_.close(); }

 private:
  static constexpr std::size_t block = 256 << 10;

  void flush() {
    output_.write(rows_);
    rows_.clear();
  }

  Output output_;
  std::string rows_;  // that are not written yet
};

}  // namespace penstock::files
