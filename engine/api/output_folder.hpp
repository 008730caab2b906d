// What a run has written below a folder, so that two runs can be held against each other. A file is
// the same if its bytes are; else if its lines are, in whatever order; one of SQLite if the rows of
// its tables are. Pure but for reading; any thread.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace penstock {

// Relative paths of all files below it, in order; without those that SQLite keeps beside its own.
std::vector<std::string> files_below(const std::filesystem::path& folder);

// What `found` has that differs from `expected`, as a person reads it; none: they are the same. The
// files may be missing.
std::optional<std::string> difference(const std::filesystem::path& expected,
                                      const std::filesystem::path& found);

}  // namespace penstock
