// What can be run here: the plugins on the search path and what they say of themselves. Each is
// opened in a process of its own that is thrown away; the calling process never maps one.
#pragma once

#include <string>
#include <vector>

#include "penstock/error.hpp"

namespace penstock {

struct PluginListing {
  std::string path;
  std::string name;  // empty if it could not be opened
  std::string version;
  std::string about;
  std::vector<std::string> tasks;
  std::string problem;  // one line; empty: none
};

// All plugins on the search path, by name.
std::vector<PluginListing> list_plugins(const std::vector<std::string>& plugin_path);

// One plugin or one task (PLUGIN.TASK) in full, for a person or as JSON. `name` may be the path of
// a library. Throws Error with Status::refused.
std::string inspect(const std::string& name, bool json,
                    const std::vector<std::string>& plugin_path);

}  // namespace penstock
