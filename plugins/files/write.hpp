// files.write: each item as a line of one file, or of the standard output. The file is PATH.partial
// until it is complete. A commit answers how long it is; after a death it is cut back to that, so
// that no line is lost or written twice. What - and other streams have taken cannot be cut back.
#pragma once

#include <penstock/plugin.hpp>

#include <string>

#include "files/row_format.hpp"
#include "files/row_output.hpp"

namespace penstock::files {

class Write {
 public:
  static constexpr bool rolls_back = true;

  std::string path;
  Format format = Format::auto_;

  void params(Params& p);
  Epoch open(Epoch last, const Snapshot& at, Context& context);
  void run(const Datum& item);
  Snapshot commit(Epoch epoch);
  void finish(Context& context);
  void close() { output_.close(); }

 private:
  RowOutput output_;
};

}  // namespace penstock::files
