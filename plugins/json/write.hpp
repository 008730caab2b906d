// json.write: each item as a JSON value on a line of one file, or of the standard output. The file
// grows as files.write's does: what was written after the last commit is cut off by a successor.
#pragma once

#include <penstock/plugin.hpp>

#include <string>

#include "files/row_output.hpp"

namespace penstock::json {

class Write {
 public:
  static constexpr bool rolls_back = true;

  std::string path;

  void params(Params& p);
  Epoch open(Epoch last, const Snapshot& at, Context& context);
  void run(const Datum& item);
  Snapshot commit(Epoch epoch);
  void finish(Context& context);
  void close() { output_.close(); }

 private:
  files::RowOutput output_;
};

}  // namespace penstock::json
