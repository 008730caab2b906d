// From a plugin's C tables to a description. Pointers cannot be checked for where they lead: a
// plugin with wrong ones crashes the process, which is a probe's. Sizes, counts, functions that are
// missing and everything that check_description() sees is refused, with the status `refused`.
#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "plugin/descriptor.hpp"
#include "plugin/library.hpp"

namespace penstock {

Result<PluginDescription> describe(Library& library, const std::filesystem::path& path);

}  // namespace penstock
