// penstock chaos FILE: runs the pipeline while its workers, or the engine too, are killed, and says
// on standard error whether what comes of it is what comes of a quiet run. Status::dead: it is not.
#pragma once

#include <cstdint>
#include <string>

#include "cli/options.hpp"
#include "penstock/chaos.hpp"
#include "penstock/error.hpp"

namespace penstock {

struct ChaosCommand {
  ChaosOptions options;
  bool seeded = false;  // else a seed is chosen

  std::optional<std::string> read(const Words& words);
  Status perform() const;
};

// What it came to, in lines.
std::string text_of(const ChaosReport& report, std::uint64_t seed);

}  // namespace penstock
