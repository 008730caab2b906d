// Finds files by patterns: * ? and [...] within a name, ** for any number of folders (none
// included). As in a shell, * does not find names that begin with a dot; ** does not follow links
// to folders.
#pragma once

#include <string>
#include <vector>

namespace penstock::files {

// The regular files, and the links to nothing, that match the patterns: for each pattern in the
// order of their bytes, each file once. What is named without a pattern is found whatever it is,
// folders aside. A pattern that finds nothing throws Permanent, unless
// `allow_empty`.
std::vector<std::string> find_files(const std::vector<std::string>& patterns, bool allow_empty);

}  // namespace penstock::files
