// penstock map TASK: each line of standard input through one task, what comes out as lines on
// standard output, in order. Keeps no state. The last line on standard error is the account.
#pragma once

#include <optional>
#include <string>

#include "cli/options.hpp"
#include "penstock/pipeline.hpp"

namespace penstock {

struct MapCommand {
  MapOptions map;

  std::optional<std::string> read(const Words& words);
  Status perform() const;
};

}  // namespace penstock
