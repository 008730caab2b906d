#include "plan/task_table.hpp"

#include <set>

#include "base/suggest.hpp"
#include "plan/outputs.hpp"

namespace penstock {

TaskTable::TaskTable(const Spec& spec, const Offer& offer, Findings& findings)
    : offer_(offer), findings_(findings) {
  check_names(spec);
  for (const PluginNeed& need : needed_plugins(spec)) {
    const auto found = offer.plugins.find(need.name);
    if (found == offer.plugins.end()) {
      report_missing(need);
      continue;
    }
    check(need, found->second);
    numbers_.emplace(need.name, plugins_.size());
    plugins_.push_back(found->second);
  }
}

void TaskTable::check_names(const Spec& spec) const {
  std::map<std::string, Mark> listed;
  for (const Marked<std::string>& entry : spec.plugins) {
    const std::string name = plugin_need(spec, entry).name;
    const auto [first, added] = listed.emplace(name, entry.mark);
    if (added) continue;
    findings_.add(entry.mark, "a second plugin of the name " + ticked(name),
                  "the first one stands in line " + std::to_string(first->second.line) +
                      ": a task's name could mean either");
  }
}

void TaskTable::report_missing(const PluginNeed& need) const {
  const auto problem = offer_.problems.find(need.name);
  if (problem != offer_.problems.end()) {
    findings_.add(need.mark, "plugin " + ticked(need.name) + " cannot be used: " + problem->second);
    return;
  }
  if (!need.path.empty()) {
    findings_.add(need.mark, "there is no plugin at " + ticked(need.path.string()),
                  "paths of plugins are relative to the pipeline file");
    return;
  }
  const std::string near = did_you_mean(need.name, offer_.known);
  findings_.add(
      need.mark,
      "there is no plugin " + ticked(need.name) + ": no lib" + need.name + ".so in " +
          (offer_.searched.empty() ? "any folder" : word_list(offer_.searched, "or")),
      near.empty() ? "--plugin-path DIR adds a folder, and `plugins: [PATH]` names a file" : near);
}

void TaskTable::check(const PluginNeed& need, const PluginDescription& plugin) const {
  if (plugin.name != need.name) {
    findings_.add(
        need.mark,
        "the plugin in " + ticked(plugin.path) + " calls itself " + ticked(plugin.name) + ", not " +
            ticked(need.name),
        "a plugin NAME stands in libNAME.so: rename the file to lib" + plugin.name + ".so");
  }
  std::set<std::string> names;
  for (const TaskDescription& task : plugin.tasks) {
    if (names.insert(task.name).second) continue;
    findings_.add(need.mark,
                  "plugin " + ticked(need.name) + " has two tasks of the name " + ticked(task.name),
                  "its author has to rename one (" + plugin.path + ")");
  }
}

const TaskDescription* TaskTable::find(const Marked<std::string>& task, std::size_t& number) const {
  if (task.value.empty()) return nullptr;
  const auto found = numbers_.find(plugin_name(task.value));
  if (found == numbers_.end()) return nullptr;
  number = found->second;
  const PluginDescription& plugin = offer_.plugins.at(found->first);
  const TaskDescription* description = plugin.find(task_name(task.value));
  if (description != nullptr) {
    check_outputs(task, plugin, *description);
    return description;
  }
  std::vector<std::string> names;
  for (const TaskDescription& other : plugin.tasks) names.push_back(plugin.name + '.' + other.name);
  const std::string near = did_you_mean(task.value, names);
  findings_.add(task.mark,
                "plugin " + ticked(plugin.name) + " has no task " + ticked(task_name(task.value)) +
                    " (" + plugin.path + ")",
                !near.empty()   ? near
                : names.empty() ? "it has no tasks"
                                : "it has " + word_list(names));
  return nullptr;
}

void TaskTable::check_outputs(const Marked<std::string>& name, const PluginDescription& plugin,
                              const TaskDescription& task) const {
  for (const PortDescription& output : task.outputs) {
    if (output.name != failed_output && output.name != main_output_name) continue;
    findings_.add(name.mark,
                  ticked(name.value) + " has an output of the name " + ticked(output.name) +
                      ", which belongs to the language",
                  "its author has to rename it (" + plugin.path + ")");
  }
}

}  // namespace penstock
