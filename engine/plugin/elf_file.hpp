// A shared library as a file: whether it can be loaded here at all, and its build id. Reads the
// file and executes nothing of it. Fails with the status `refused` and the reason, without the
// path.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace penstock {

struct ElfFile {
  std::string build_id;  // in hex; empty: none
};

// Returns at once for a FIFO and the like, too.
Result<ElfFile> read_elf_file(const std::filesystem::path& path);

}  // namespace penstock
