// The file of --summary: whole or not there. It is written beside its place as PATH.partial and
// then moved there. What is no regular file, such as a pipe, is written into, and so is standard
// output.
#pragma once

#include <string>
#include <string_view>

namespace penstock {

// Throws Error with Status::lack.
void write_summary_file(const std::string& path, std::string_view text);

}  // namespace penstock
