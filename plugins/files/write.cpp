#include "files/write.hpp"

namespace penstock::files {
namespace {

constexpr std::size_t block = 256 << 10;

}  // namespace

void Write::params(Params& p) {
  p.required("path", path, "file to write; - is the standard output");
  p.optional("format", format, "of a line; auto: by the path's ending, else lines");
}

Epoch Write::open(Epoch last, const Snapshot& at, Context& context) {
  output_.open(path, context.output_fd(), last, at.empty() ? 0 : at.as<std::uint64_t>());
  format = resolved(format, path);
  return last;
}

void Write::run(const Datum& item) {
  // Before the item is taken: if this fails, the item has left no trace.
  if (buffer_.size() >= block) flush();
  append_row(buffer_, format, item);
}

void Write::flush() {
  output_.write(buffer_);
  buffer_.clear();
}

Snapshot Write::commit(Epoch epoch) {
  if (!buffer_.empty()) flush();
  if (epoch.sync || epoch.last) output_.sync();
  return output_.offset();
}

void Write::finish(Context& context) {
  if (output_.complete()) context.log("'" + path + "' is complete already");
  output_.finish();
}

}  // namespace penstock::files
