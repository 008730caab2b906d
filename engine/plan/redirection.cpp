#include "plan/redirection.hpp"

#include <algorithm>
#include <filesystem>

namespace penstock {
namespace {

// Below the folder, whatever the path says: neither its root nor a way up is kept.
std::string below(const std::filesystem::path& folder, const std::string& path) {
  if (path == "-") return (folder / "stdout").string();
  std::filesystem::path result = folder;
  for (const std::filesystem::path& part : std::filesystem::path(path).lexically_normal()) {
    if (part != ".." && !part.has_root_path()) result /= part;
  }
  return result.string();
}

// The paths in its arguments.
std::vector<std::string> written_by(const StagePlan& stage) {
  std::vector<std::string> files;
  if (stage.task.kind != TaskKind::sink) return files;
  for (const ParamDescription& param : stage.task.params) {
    if (!param.output_file()) continue;
    for (const Argument& argument : stage.arguments) {
      if (argument.name != param.name) continue;
      for (const Scalar& value : argument.values) files.push_back(value.text);
    }
  }
  return files;
}

}  // namespace

bool redirect_outputs(StagePlan& stage, const std::string& folder) {
  if (stage.task.kind != TaskKind::sink) return true;
  bool writes_file = false;
  for (const ParamDescription& param : stage.task.params) {
    if (!param.output_file()) continue;
    writes_file = true;
    for (Argument& argument : stage.arguments) {
      if (argument.name != param.name) continue;
      for (Scalar& value : argument.values) {
        value.text = below(std::filesystem::path(folder) / stage.name, value.text);
      }
    }
  }
  return writes_file;
}

std::vector<std::string> output_files(const Plan& plan) {
  std::vector<std::string> files;
  for (const StagePlan& stage : plan.stages) {
    for (const std::string& file : written_by(stage)) {
      if (file != "-" && std::find(files.begin(), files.end(), file) == files.end()) {
        files.push_back(file);
      }
    }
  }
  return files;
}

std::vector<std::string> output_folders(const StagePlan& stage) {
  std::vector<std::string> folders;
  for (const std::string& file : written_by(stage)) {
    // Of a template the task alone knows what it comes to.
    const std::string known = file.substr(0, file.find('{'));
    folders.push_back(std::filesystem::path(known).parent_path().string());
  }
  return folders;
}

}  // namespace penstock
