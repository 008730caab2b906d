#include "api/engine.hpp"

#include <boost/system/system_error.hpp>
#include <utility>

#include "base/fd.hpp"
#include "base/suggest.hpp"
#include "process/program_path.hpp"

namespace penstock {

Engine::Engine(int lock) try {
  probe_ = find_program("penstock-probe").value();
  keeper_ = Keeper::start(loop_, find_program("penstock-keeper").value(), lock).value();
  symbolizer_ = std::make_unique<Symbolizer>(loop_, *keeper_, probe_);
} catch (const boost::system::system_error& error) {  // from the loop's own descriptors
  throw Error(Status::lack, "the loop cannot be made: " + errno_text(error.code().value()));
}

Catalog Engine::catalog(const std::vector<std::string>& plugin_path,
                        const std::filesystem::path& beside) {
  std::vector<std::filesystem::path> given(plugin_path.begin(), plugin_path.end());
  return Catalog(loop_, *keeper_, SearchPath::standard(std::move(given), beside), probe_);
}

Offer Engine::offer(Catalog& catalog, const std::vector<PluginNeed>& needs) {
  Offer offer;
  for (const auto& folder : catalog.path().folders()) offer.searched.push_back(folder.string());
  for (const PluginFile& file : catalog.list()) offer.known.push_back(file.name);

  std::vector<std::string> names;
  std::vector<std::filesystem::path> libraries;
  for (const PluginNeed& need : needs) {
    std::filesystem::path library = need.path;
    if (library.empty()) {
      auto file = catalog.find(need.name);
      if (!file) continue;  // the plan says that there is none, and where it was looked for
      if (!file->shadowed.empty()) {
        offer.problems[need.name] = "there are two: " + file->path.string() + " and " +
                                    file->shadowed.front().string() +
                                    "; name one in `plugins`, by its path";
        continue;
      }
      library = file->path;
    } else if (!std::filesystem::exists(library)) {
      continue;
    }
    names.push_back(need.name);
    libraries.push_back(std::move(library));
  }
  auto described = catalog.describe_all(libraries);
  for (std::size_t i = 0; i < described.size(); ++i) {
    if (described[i]) {
      offer.plugins.emplace(names[i], std::move(described[i].value()));
    } else {
      offer.problems.emplace(names[i], described[i].error().what());
    }
  }
  return offer;
}

const TaskDescription& find_task(const PluginDescription& plugin, const std::string& name) {
  if (const TaskDescription* task = plugin.find(name)) return *task;
  std::vector<std::string> names;
  for (const TaskDescription& task : plugin.tasks) names.push_back(plugin.name + '.' + task.name);
  const std::string near = did_you_mean(plugin.name + '.' + name, names);
  throw Error(Status::refused,
              "plugin `" + plugin.name + "` has no task `" + name + "`; " +
                  (near.empty() ? "`penstock inspect " + plugin.name + "` lists them" : near));
}

}  // namespace penstock
