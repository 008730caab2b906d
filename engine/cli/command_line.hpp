// The words of a command line as one of the commands, ready to be performed. Nothing is done yet:
// reading is a pure function. Wrong words are thrown as Error with Status::refused.
#pragma once

#include <string>
#include <variant>

#include "cli/chaos.hpp"
#include "cli/check.hpp"
#include "cli/dead.hpp"
#include "cli/explain.hpp"
#include "cli/graph.hpp"
#include "cli/inspect.hpp"
#include "cli/map.hpp"
#include "cli/options.hpp"
#include "cli/plugins.hpp"
#include "cli/run.hpp"
#include "cli/test.hpp"
#include "penstock/error.hpp"

namespace penstock {

// --help and --version: a text that was asked for.
struct ShowText {
  std::string text;

  Status perform() const;
};

using CommandLine =
    std::variant<ShowText, RunCommand, CheckCommand, ExplainCommand, GraphCommand, PluginsCommand,
                 InspectCommand, MapCommand, DeadCommand, TestCommand, ChaosCommand>;

// `words` without the name of the program.
CommandLine read_command_line(const Words& words);

Status perform(const CommandLine& command_line);

}  // namespace penstock
