// penstock plugins: one paragraph a plugin that can be used here on standard output; those that
// cannot, with the reason, on standard error.
#pragma once

#include <string>

#include "cli/options.hpp"
#include "penstock/catalog.hpp"

namespace penstock {

struct PluginsCommand {
  std::vector<std::string> plugin_path;

  std::optional<std::string> read(const Words& words);
  // Status::refused if any plugin cannot be used.
  Status perform() const;
};

// "text 1.0.0  words and lines" and below it, set in, its tasks and the path of the library.
std::string listing_text(const PluginListing& listing);

}  // namespace penstock
