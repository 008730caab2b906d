#include "cli/map.hpp"

#include <unistd.h>

#include "cli/closing.hpp"
#include "cli/output.hpp"
#include "observe/progress.hpp"

namespace penstock {
namespace {

constexpr const char* example =
    R"(A line that the task cannot take is a failed item with its line number.
Of several outputs the first is printed; what leaves by the others is counted.
Lists are given as --with NAME=A --with NAME=B, or as --with 'NAME=[A, B]'.

example:
  seq 1000 | penstock map math.square --plugin-path . -j 4
)";

}  // namespace

std::optional<std::string> MapCommand::read(const Words& words) {
  Options options("map", "Sends each line of stdin through one task and prints what comes out.");
  bool unordered = false;
  options.word("TASK", "the task's name: plugin.task", map.task);
  options.assignments("--with", "NAME=VALUE", "a parameter of the task; any number", map.with);
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
  std::string text;
  for (const LeftOutReport& left : report.left_out) {
    text += std::to_string(left.items) + (left.items == 1 ? " item" : " items") +
            " left by the output " + left.output + ", which map does not print\n";
  }
  tell(text + closing_text(report, {}));
  return report.status;
}

}  // namespace penstock
