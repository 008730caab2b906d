#include "penstock/catalog.hpp"

#include <penstock/plugin.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>

#include "api/engine.hpp"

namespace penstock {
namespace {

const char* kind_of_param(std::uint32_t kind) {
  constexpr const char* names[] = {"?",    "bool",     "int",  "float", "text",
                                   "enum", "duration", "size", "shared"};
  return kind < std::size(names) ? names[kind] : "?";
}

// "value of i64", "mutex"
std::string shared_object(const ParamDescription& param) {
  const std::string& held = param.choices[1];
  return param.choices[0] + (held.empty() ? "" : " of " + held);
}

boost::json::array ports_json(const std::vector<PortDescription>& ports) {
  boost::json::array array;
  for (const PortDescription& port : ports) {
    array.push_back({{"name", port.name}, {"type", port.type}, {"about", port.about}});
  }
  return array;
}

boost::json::array outputs_json(const std::vector<PortDescription>& ports) {
  boost::json::array array = ports_json(ports);
  for (std::size_t i = 0; i < ports.size(); ++i) {
    array[i].as_object()["keys"] = !ports[i].keyless();
  }
  return array;
}

boost::json::object task_json(const TaskDescription& task) {
  boost::json::array params;
  for (const ParamDescription& param : task.params) {
    boost::json::object entry{{"name", param.name},           {"kind", kind_of_param(param.kind)},
                              {"required", param.required()}, {"list", param.list()},
                              {"secret", param.secret()},     {"about", param.about}};
    if (!param.fallback.empty()) entry["default"] = param.fallback;
    if (param.kind == PENSTOCK_PARAM_SHARED) {
      entry["object"] = shared_object(param);
    } else if (!param.choices.empty()) {
      entry["choices"] = boost::json::value_from(param.choices);
    }
    params.push_back(std::move(entry));
  }
  return {{"name", task.name},
          {"kind", std::string(to_string(task.kind))},
          {"about", task.about},
          {"inputs", ports_json(task.inputs)},
          {"outputs", outputs_json(task.outputs)},
          {"params", std::move(params)},
          {"snapshot", task.has_snapshot()},
          {"commit", task.has_commit()},
          {"batch", task.takes_batch()},
          {"reads_input", task.reads_input()}};
}

// What a death means for what this task has done: the promise of its kind and flags.
std::string promise_of(const TaskDescription& task) {
  switch (task.kind) {
    case TaskKind::source:
      return task.has_snapshot() ? "goes on from its last snapshot" : "cannot go on after a death";
    case TaskKind::stateful:
      return task.has_snapshot() ? "goes on from its last snapshot" : "loses its state in a death";
    case TaskKind::sink:
      return task.has_commit() ? "exactly once" : "at least once";
    case TaskKind::transform:
      return {};
  }
  return {};
}

void append_port(std::string& text, const char* direction, const PortDescription& port) {
  // Keys are for stages with `partition`, and can come with outputs alone.
  const bool keys = std::string_view(direction) == "out" && !port.keyless();
  text += "  " + std::string(direction) + (port.name.empty() ? "" : " " + port.name) + ": " +
          port.type + (keys ? ", may have keys" : "") +
          (port.about.empty() ? "" : "   " + port.about) + "\n";
}

std::string task_text(const std::string& plugin, const TaskDescription& task) {
  std::string text = plugin + "." + task.name + " (" + std::string(to_string(task.kind)) + ")  " +
                     task.about + "\n";
  if (const std::string promise = promise_of(task); !promise.empty()) text += "  " + promise + "\n";
  if (task.takes_batch()) text += "  takes several items in one call\n";
  for (const PortDescription& port : task.inputs) append_port(text, "in", port);
  for (const PortDescription& port : task.outputs) append_port(text, "out", port);
  for (const ParamDescription& param : task.params) {
    text += "  with " + param.name + ": " + (param.list() ? "list of " : "") +
            kind_of_param(param.kind);
    if (param.kind == PENSTOCK_PARAM_SHARED) {
      text += ' ' + shared_object(param);
    } else if (!param.choices.empty()) {
      text += " (";
      for (std::size_t i = 0; i < param.choices.size(); ++i) {
        text += (i > 0 ? ", " : "") + param.choices[i];
      }
      text += ")";
    }
    if (param.required()) text += ", required";
    if (!param.fallback.empty()) text += ", default " + param.fallback;
    text += "   " + param.about + "\n";
  }
  return text;
}

}  // namespace

std::vector<PluginListing> list_plugins(const std::vector<std::string>& plugin_path) {
  Engine engine;
  Catalog catalog = engine.catalog(plugin_path, {});
  const std::vector<PluginFile> files = catalog.list();
  std::vector<std::filesystem::path> libraries;
  for (const PluginFile& file : files) libraries.push_back(file.path);
  auto described = catalog.describe_all(libraries);
  std::vector<PluginListing> listings;
  for (std::size_t i = 0; i < files.size(); ++i) {
    PluginListing listing;
    listing.path = files[i].path.string();
    if (described[i]) {
      const PluginDescription& plugin = described[i].value();
      listing.name = plugin.name;
      listing.version = plugin.version;
      listing.about = plugin.about;
      for (const TaskDescription& task : plugin.tasks) listing.tasks.push_back(task.name);
      if (plugin.name != files[i].name) {
        listing.problem = listing.path + ": the plugin calls itself `" + plugin.name +
                          "`; its file has to be lib" + plugin.name + ".so";
      }
    } else {
      listing.problem = described[i].error().what();
    }
    if (!files[i].shadowed.empty()) {
      listing.problem =
          listing.path + ": another plugin of this name is " + files[i].shadowed.front().string();
    }
    listings.push_back(std::move(listing));
  }
  return listings;
}

std::string inspect(const std::string& name, bool json,
                    const std::vector<std::string>& plugin_path) {
  Engine engine;
  Catalog catalog = engine.catalog(plugin_path, {});
  const bool is_path = name.find('/') != std::string::npos || name.ends_with(".so");
  const std::size_t dot = is_path ? std::string::npos : name.find('.');
  const std::filesystem::path path =
      is_path ? std::filesystem::path(name) : catalog.find(name.substr(0, dot)).value().path;
  const PluginDescription plugin = catalog.describe(path).value();

  std::vector<TaskDescription> tasks = plugin.tasks;
  if (dot != std::string::npos) tasks = {find_task(plugin, name.substr(dot + 1))};
  if (json) {
    boost::json::array array;
    for (const TaskDescription& task : tasks) array.push_back(task_json(task));
    const boost::json::object object{{"version", 1},
                                     {"plugin", plugin.name},
                                     {"plugin_version", plugin.version},
                                     {"about", plugin.about},
                                     {"path", plugin.path},
                                     {"build", plugin.build_id},
                                     {"tasks", std::move(array)}};
    return boost::json::serialize(object);
  }
  std::string text = plugin.name + " " + plugin.version + "  " + plugin.about + "\n" + plugin.path +
                     (plugin.build_id.empty() ? "" : "  build " + plugin.build_id) + "\n";
  for (const TaskDescription& task : tasks) text += "\n" + task_text(plugin.name, task);
  return text;
}

}  // namespace penstock
