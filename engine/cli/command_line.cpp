#include "cli/command_line.hpp"

#include <algorithm>

#include "base/suggest.hpp"
#include "cli/output.hpp"

namespace penstock {
namespace {

constexpr const char* help = R"(usage: penstock COMMAND [OPTION...]

Runs native task plugins as a pipeline of isolated worker processes.

  run FILE               runs the pipeline that FILE describes
  check FILE             says all that is wrong with a pipeline file
  explain FILE           shows every value of a pipeline and where it comes from
  graph FILE             draws its stages and who reads from whom
  plugins                lists the plugins that can be used here
  inspect PLUGIN[.TASK]  shows what a plugin or a task takes and gives
  map TASK               sends each line of stdin through one task
  dead list|show FILE    shows items that were given up, and why
  dead replay FILE       runs them again
  test FILE              makes the tests that a pipeline file has
  chaos FILE             runs a pipeline, kills its processes, and compares

  -h, --help             this text; after a command: its options
  --version              the version

Data goes to stdout, everything else to stderr. The exit status:
  0         every item is done, and the output has reached the disk
  1         finished, with dead letters; test, chaos: something differs
  2         refused before it began: usage, pipeline file, plugin, state folder
  3         stopped for a lack: disk, memory, descriptors, or a closed stdout
  4         gave up: no progress, a source or sink that fails, on_failure: stop
  130, 143  stopped by SIGINT, SIGTERM

example:
  penstock run configs/wordcount.yaml --set INPUT='books/*.txt'
)";

constexpr const char* hint = "\n  `penstock --help` lists the commands";

const Words later{"new",      "report", "top",    "tap",    "scale", "pause",
                  "continue", "drain",  "reload", "schema", "node"};

template <class Command>
CommandLine read_command(const Words& words) {
  Command command;
  if (std::optional<std::string> text = command.read(words)) return ShowText{std::move(*text)};
  return command;
}

struct Known {
  std::string name;
  CommandLine (*read)(const Words& words);
};

const Known known[] = {
    {"run", read_command<RunCommand>},         {"check", read_command<CheckCommand>},
    {"explain", read_command<ExplainCommand>}, {"graph", read_command<GraphCommand>},
    {"plugins", read_command<PluginsCommand>}, {"inspect", read_command<InspectCommand>},
    {"map", read_command<MapCommand>},         {"dead", read_command<DeadCommand>},
    {"test", read_command<TestCommand>},       {"chaos", read_command<ChaosCommand>}};

[[noreturn]] void refuse(const std::string& word) {
  if (std::find(later.begin(), later.end(), word) != later.end()) {
    throw Error(Status::refused, "the command `" + word + "` is not in this version" + hint);
  }
  Words names;
  for (const Known& command : known) names.push_back(command.name);
  const bool option = word.starts_with('-');
  if (option) names = {"--help", "--version"};
  const std::string meant = did_you_mean(word, names);
  throw Error(Status::refused, std::string("there is no ") + (option ? "option" : "command") +
                                   " `" + word + '`' + (meant.empty() ? "" : ": ") + meant + hint);
}

}  // namespace

CommandLine read_command_line(const Words& words) {
  if (words.empty()) throw Error(Status::refused, std::string("no command is given") + hint);
  const std::string& first = words.front();
  if (first == "-h" || first == "--help") return ShowText{help};
  if (first == "--version") return ShowText{"penstock " PENSTOCK_VERSION "\n"};
  for (const Known& command : known) {
    if (command.name == first) return command.read({words.begin() + 1, words.end()});
  }
  refuse(first);
}

Status ShowText::perform() const {
  print(text);
  return Status::done;
}

Status perform(const CommandLine& command_line) {
  return std::visit([](const auto& command) { return command.perform(); }, command_line);
}

}  // namespace penstock
