// penstock inspect PLUGIN[.TASK]: what a plugin or one of its tasks says of itself, on standard
// output.
#pragma once

#include <string>

#include "cli/options.hpp"
#include "penstock/error.hpp"

namespace penstock {

struct InspectCommand {
  std::string name;
  bool json = false;
  std::vector<std::string> plugin_path;

  std::optional<std::string> read(const Words& words);
  Status perform() const;
};

}  // namespace penstock
