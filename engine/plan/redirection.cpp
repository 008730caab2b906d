#include "plan/redirection.hpp"

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

std::vector<std::string> output_folders(const StagePlan& stage) {
  std::vector<std::string> folders;
  if (stage.task.kind != TaskKind::sink) return folders;
  for (const ParamDescription& param : stage.task.params) {
    if (!param.output_file()) continue;
    for (const Argument& argument : stage.arguments) {
      if (argument.name != param.name) continue;
      for (const Scalar& value : argument.values) {
        // Of a template the task alone knows what it comes to.
        const std::string known = value.text.substr(0, value.text.find('{'));
        folders.push_back(std::filesystem::path(known).parent_path().string());
      }
    }
  }
  return folders;
}

}  // namespace penstock
