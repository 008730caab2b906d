#include "plan/offer.hpp"

#include <algorithm>

namespace penstock {

PluginNeed plugin_need(const Spec& spec, const Marked<std::string>& entry) {
  const bool is_path = entry.value.find('/') != std::string::npos || entry.value.ends_with(".so");
  if (!is_path) return {entry.value, {}, entry.mark};
  const std::filesystem::path written(entry.value);
  std::string name = written.stem().string();
  if (name.rfind("lib", 0) == 0) name.erase(0, 3);
  const std::filesystem::path folder =
      spec.sources.empty() ? std::filesystem::path()
                           : std::filesystem::path(spec.sources[0].name()).parent_path();
  return {std::move(name), folder / written, entry.mark};
}

std::vector<PluginNeed> needed_plugins(const Spec& spec) {
  std::vector<PluginNeed> needs;
  const auto add = [&](PluginNeed need) {
    const auto same = [&](const PluginNeed& other) { return other.name == need.name; };
    if (std::none_of(needs.begin(), needs.end(), same)) needs.push_back(std::move(need));
  };
  for (const Marked<std::string>& plugin : spec.plugins) add(plugin_need(spec, plugin));
  for (const StageSpec& stage : spec.stages) {
    if (!stage.task.value.empty()) add({plugin_name(stage.task.value), {}, stage.task.mark});
  }
  for (const CallbackSpec& callback : spec.callbacks) {
    const Marked<std::string> task = task_of(callback);
    add({plugin_name(task.value), {}, task.mark});
  }
  return needs;
}

Marked<std::string> task_of(const CallbackSpec& callback) {
  if (callback.task) return *callback.task;
  return {"exec.run", callback.exec.front().mark};
}

std::string plugin_name(const std::string& task) {
  return task.substr(0, task.find('.'));
}

std::string task_name(const std::string& task) {
  return task.substr(task.find('.') + 1);
}

}  // namespace penstock
