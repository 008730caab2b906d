// Which plugins a pipeline file needs, and what there is of them: the question to the catalog and
// its answer, so that planning itself stays a pure function. Plain values.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "plugin/descriptor.hpp"
#include "spec/spec.hpp"

namespace penstock {

struct PluginNeed {
  std::string name;            // as tasks name it; of a path: NAME of libNAME.so
  std::filesystem::path path;  // empty: to be searched for by its name
  Mark mark;                   // where the file first names it
};

struct Offer {
  std::map<std::string, PluginDescription> plugins;  // by the name of the need
  std::map<std::string, std::string> problems;       // likewise: why it cannot be used
  std::vector<std::string> searched;                 // folders, in their order
  std::vector<std::string> known;                    // names of all plugins in those folders
};

// Each plugin once, in the order in which the file names them: those of `plugins`, then those of
// the stages' tasks, then those of callbacks. Paths are made relative to the pipeline file's
// folder.
std::vector<PluginNeed> needed_plugins(const Spec& spec);

// What a callback runs; of a command the task that runs commands.
Marked<std::string> task_of(const CallbackSpec& callback);

// The two words of PLUGIN.TASK.
std::string plugin_name(const std::string& task);
std::string task_name(const std::string& task);

// One entry of `plugins`.
PluginNeed plugin_need(const Spec& spec, const Marked<std::string>& entry);

}  // namespace penstock
