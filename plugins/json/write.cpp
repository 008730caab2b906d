#include "json/write.hpp"

#include "files/row_format.hpp"

namespace penstock::json {

void Write::params(Params& p) {
  p.required("path", path, "file to write; - is the standard output", output_file);
}

Epoch Write::open(Epoch last, const Snapshot& at, Context& context) {
  output_.open(path, last, at.empty() ? 0 : at.as<std::uint64_t>(), context);
  return last;
}

void Write::run(const Datum& item) {
  output_.add([&](std::string& rows) { files::append_row(rows, files::Format::jsonl, item); });
}

Snapshot Write::commit(Epoch epoch) {
  return output_.commit(epoch);
}

void Write::finish(Context& context) {
  output_.finish(path, context);
}

}  // namespace penstock::json
