#include "files/read.hpp"

#include <fcntl.h>

#include <vector>

#include "files/file.hpp"

namespace penstock::files {
namespace {

// What has no size beforehand: a file of /proc, or an empty one.
void read_to_the_end(const File& file, Emit<Bytes>& out) {
  std::vector<std::byte> content(64 << 10);
  std::size_t filled = 0;
  for (;;) {
    const std::size_t now = file.read_at(filled, std::span(content).subspan(filled));
    filled += now;
    if (filled < content.size()) break;
    content.resize(2 * content.size());
  }
  out(Bytes(content).first(filled));
}

}  // namespace

void read_path(std::string_view path, Emit<Bytes>& out, Context& context) {
  const File file(std::string(path), O_RDONLY | O_NONBLOCK);
  const struct stat status = file.status();
  if (!S_ISREG(status.st_mode)) throw Permanent("'" + file.path() + "' is no regular file");
  if (status.st_size == 0) return read_to_the_end(file, out);
  const std::span<std::byte> block = context.loan(static_cast<std::size_t>(status.st_size));
  out(block.first(file.read_at(0, block)));
}

void read_listed(const NamedFile& file, Emit<Bytes>& out, Context& context) {
  read_path(file.path, out, context);
}

}  // namespace penstock::files
