#include "files/write.hpp"

namespace penstock::files {

void Write::params(Params& p) {
  p.required("path", path, "file to write; - is the standard output", output_file);
  p.optional("format", format, "of a line; auto: by the path's ending, else lines");
}

Epoch Write::open(Epoch last, const Snapshot& at, Context& context) {
  output_.open(path, last, at.empty() ? 0 : at.as<std::uint64_t>(), context);
  format = resolved(format, path);
  return last;
}

void Write::run(const Datum& item) {
  output_.add([&](std::string& rows) { append_row(rows, format, item); });
}

Snapshot Write::commit(Epoch epoch) {
  return output_.commit(epoch);
}

void Write::finish(Context& context) {
  output_.finish(path, context);
}

}  // namespace penstock::files
