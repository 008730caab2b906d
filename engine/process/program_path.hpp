// Where the parts of Penstock stand. They are looked for from the file that holds this code: the
// program itself, or the library libpenstock that an embedding program has loaded. In a build
// folder they stand beside it; after an installation they stand below its prefix, in
// libexec/penstock and lib/penstock/plugins, wherever that prefix was moved to.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace penstock {

// Of "penstock-keeper" and the like. Fails with the status `refused` and the places it looked at.
Result<std::filesystem::path> find_program(std::string_view name);

// Those that exist, of the plugins that come with Penstock.
std::vector<std::filesystem::path> own_plugin_folders();

}  // namespace penstock
