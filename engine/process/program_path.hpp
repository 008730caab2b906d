// Where the other programs of Penstock stand: beside the running one, as in a build folder, or in
// ../libexec/penstock of it, as after an installation.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.hpp"

namespace penstock {

// Of "penstock-keeper" and the like. Fails with the status `refused` and the places it looked at.
Result<std::filesystem::path> find_program(std::string_view name);

// The folder of the running program.
Result<std::filesystem::path> program_folder();

}  // namespace penstock
