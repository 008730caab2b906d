#include "cli/map.hpp"

#include <unistd.h>

#include "cli/closing.hpp"
#include "cli/output.hpp"
#include "observe/progress.hpp"

namespace penstock {
namespace {

constexpr const char* example =
    R"(A line that the task cannot take is a failed item with its line number.

example:
  seq 1000 | penstock map math.square --plugin-path . -j 4
)";

}  // namespace

std::optional<std::string> MapCommand::read(const Words& words) {
  Options options("map", "Sends each line of stdin through one task and prints what comes out.");
  bool unordered = false;
  options.word("TASK", "the task's name: plugin.task", map.task);
  options.assignments("--with", "a parameter of the task; any number", map.with);
  options.count("-j,--processes", "workers; else one a core", map.processes);
  options.duration("--timeout", "give up a line that takes longer", map.timeout);
  options.flag("--unordered", "print what is ready, in any order", unordered);
  options.texts("--plugin-path", "DIR", "look for plugins here first; any number", map.plugin_path);
  options.example(example);
  std::optional<std::string> help = options.read(words);
  map.ordered = !unordered;
  return help;
}

Status MapCommand::perform() const {
  // A block would lie among the lines that it prints.
  Progress observer(ProgressStyle::none, Terminal(STDERR_FILENO));
  MapOptions options = map;
  options.handle_signals = true;
  options.observer = &observer;
  const Report report = map_lines(options);
  tell(closing_text(report));
  return report.status;
}

}  // namespace penstock
