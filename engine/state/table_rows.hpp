// All rows of a SQLite file that somebody else has written, as lines of text, so that two such
// files can be held against each other. Any thread.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace penstock {

// Whether a file with these bytes is one.
bool is_table_file(std::string_view bytes);

// A line for each row of each table: the table's name, and the values as SQL writes them. The order
// is the file's own. Tables of SQLite's, and those in which sinks note whose rows are there
// (`_penstock_epochs`), are left out. Fails with Status::refused, and the path in the text, if it
// cannot be read.
Result<std::string> table_rows(const std::filesystem::path& path);

}  // namespace penstock
