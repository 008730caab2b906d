#include "cli/inspect.hpp"

#include "cli/output.hpp"
#include "penstock/catalog.hpp"

namespace penstock {
namespace {

constexpr const char* example = R"(example:
  penstock inspect text.grep
  penstock inspect ./libmath.so --json
)";

}  // namespace

std::optional<std::string> InspectCommand::read(const Words& words) {
  Options options("inspect", "Shows what a plugin or a task takes, gives and can be told.");
  options.word("PLUGIN[.TASK]", "its name, or the path of a plugin's library", name);
  options.flag("--json", "as one JSON object", json);
  options.texts("--plugin-path", "DIR", "look for plugins here first; any number", plugin_path);
  options.example(example);
  return options.read(words);
}

Status InspectCommand::perform() const {
  const std::string text = penstock::inspect(name, json, plugin_path);
  // What a plugin says of itself may be made to steer a terminal.
  print(json ? text + (text.ends_with('\n') ? "" : "\n") : set_in(text, ""));
  return Status::done;
}

}  // namespace penstock
