// What the sources of this plugin read: the parameters `paths` and `allow_empty`, and whether they
// mean the standard input.
#pragma once

#include <penstock/params.hpp>

#include <string>
#include <vector>

#include "files/glob.hpp"

namespace penstock::files {

struct Paths {
  std::vector<std::string> paths;
  bool allow_empty = false;

  void params(Params& p) {
    p.required("paths", paths,
               "files to read: paths, or patterns with * ? [...] and **; - is stdin");
    p.optional("allow_empty", allow_empty, "go on where a pattern matches no file");
  }

  bool standard_input() const { return paths.size() == 1 && paths.front() == "-"; }

  // Throws if something is not there, or - stands beside files.
  std::vector<std::string> find() const {
    for (const std::string& path : paths) {
      if (path == "-")
        throw Permanent("the path - cannot stand beside others: stdin is one stream");
    }
    return find_files(paths, allow_empty);
  }
};

}  // namespace penstock::files
