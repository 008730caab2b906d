// files.read: the content of the file that a path names, read straight into the block that is
// handed on.
#pragma once

#include <penstock/plugin.hpp>

#include <string>
#include <string_view>

namespace penstock::files {

struct NamedFile {  // of what files.list emits
  std::string path;
};
PENSTOCK_FIELDS(NamedFile, path)

void read_path(std::string_view path, Emit<Bytes>& out, Context& context);
void read_listed(const NamedFile& file, Emit<Bytes>& out, Context& context);

}  // namespace penstock::files
