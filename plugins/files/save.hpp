// files.save: each item in a file of its own, named by a template. Text and bytes are written as
// they are, anything else as JSON. A file is NAME.partial until its epoch is committed. Nothing is
// overwritten: an item whose file is there already with another content fails, whether it comes
// from another item or from an earlier run; with the same content it counts as written.
#pragma once

#include <penstock/plugin.hpp>

#include <string>
#include <vector>

#include "files/name_template.hpp"

namespace penstock::files {

class Save {
 public:
  std::string path;
  std::string content;

  void params(Params& p);
  Epoch open(Epoch last, const Snapshot& at);
  void run(const Datum& item, Context& context);
  Snapshot commit(Epoch epoch);

 private:
  NameTemplate name_;
  std::uint64_t saved_ = 0;           // items, those that are not committed included
  std::vector<std::string> pending_;  // files that are not committed
};

}  // namespace penstock::files
