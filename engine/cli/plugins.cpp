#include "cli/plugins.hpp"

#include "cli/output.hpp"

namespace penstock {
namespace {

constexpr const char* example =
    R"(Each one is opened in a process of its own that is thrown away afterwards.

example:
  penstock plugins --plugin-path build/plugins
)";

constexpr std::size_t widest_line = 80;

// " text.grep text.upper", in lines of at most 80 columns.
std::string task_lines(const PluginListing& listing) {
  std::string text, line;
  for (const std::string& task : listing.tasks) {
    const std::string name = "  " + listing.name + '.' + task;
    if (!line.empty() && line.size() + name.size() > widest_line) {
      text += line + '\n';
      line.clear();
    }
    line += name;
  }
  return line.empty() ? text : text + line + '\n';
}

}  // namespace

std::string listing_text(const PluginListing& listing) {
  return listing.name + ' ' + listing.version + (listing.about.empty() ? "" : "  ") +
         listing.about + '\n' + task_lines(listing) + "  " + listing.path + '\n';
}

std::optional<std::string> PluginsCommand::read(const Words& words) {
  Options options("plugins", "Lists the plugins that can be used here, and their tasks.");
  options.texts("--plugin-path", "DIR", "look for plugins here first; any number", plugin_path);
  options.example(example);
  return options.read(words);
}

Status PluginsCommand::perform() const {
  const std::vector<PluginListing> listings = list_plugins(plugin_path);
  Status status = Status::done;
  std::string usable;
  for (const PluginListing& listing : listings) {
    if (listing.problem.empty()) {
      usable += listing_text(listing);
    } else {
      tell(listing.problem);
      status = Status::refused;
    }
  }
  if (listings.empty()) {
    tell("no plugins found: name a folder with --plugin-path or PENSTOCK_PLUGIN_PATH");
  }
  print(usable);
  return status;
}

}  // namespace penstock
