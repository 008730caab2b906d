// The plugin `files`: reads and writes files, and the engine's standard input and output.
#include <penstock/plugin.hpp>

#include "files/chunks.hpp"
#include "files/gather.hpp"
#include "files/lines.hpp"
#include "files/list.hpp"
#include "files/read.hpp"
#include "files/save.hpp"
#include "files/write.hpp"

PENSTOCK_PLUGIN("files", "0.1.0", "reads and writes files") {
  using namespace penstock::files;
  plugin.source<List>("list", "the paths of files, with their sizes");
  plugin.source<Lines>("lines", "the lines of files, without their ends");
  plugin.source<Chunks>("chunks", "the content of files in pieces that end where a line ends");
  plugin.transform("read", "the content of the file of a path", read_path);
  plugin.transform("read_listed", "the content of a file that files.list names", read_listed);
  plugin.stateful<Gather>("gather", "items as lines, together in pieces of a size");
  plugin.sink<Write>("write", "writes each item as a line of one file");
  plugin.sink<Save>("save", "writes each item into a file of its own");
}
