#include "process/program_path.hpp"

#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <string>
#include <system_error>

namespace penstock {
namespace {

// The folder of the file that this code was mapped from. The kernel's own table says it: links are
// followed there, and neither the working directory nor argv[0] has a part in it.
Result<std::filesystem::path> own_folder() {
  const auto here = reinterpret_cast<std::uintptr_t>(&own_folder);
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    int path = 0;
    const int read = std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " %*s %*s %*s %*s %n",
                                 &begin, &end, &path);
    if (read != 2 || path == 0 || here < begin || here >= end) continue;
    return std::filesystem::path(line.substr(static_cast<std::size_t>(path))).parent_path();
  }
  return Error(Status::refused,
               "/proc/self/maps does not say where this program stands; is /proc mounted?");
}

// An installed file is in PREFIX/bin or PREFIX/lib, or on Debian in PREFIX/lib/ARCHITECTURE.
std::vector<std::filesystem::path> places(const std::filesystem::path& folder,
                                          const std::filesystem::path& in_build,
                                          const std::filesystem::path& in_prefix) {
  const auto above = folder.parent_path();
  return {folder / in_build, above / in_prefix, above.parent_path() / in_prefix};
}

}  // namespace

Result<std::filesystem::path> find_program(std::string_view name) {
  const auto folder = own_folder();
  if (!folder) return folder.error();
  const auto candidates =
      places(*folder, name, std::filesystem::path(PENSTOCK_PROGRAMS_IN_PREFIX) / name);
  for (const auto& place : candidates) {
    if (::access(place.c_str(), X_OK) == 0) return place;
  }
  return Error(Status::refused, std::string(name) + ": not found, neither as " +
                                    candidates[0].string() + " nor as " + candidates[1].string() +
                                    "; build or install all of Penstock");
}

std::vector<std::filesystem::path> own_plugin_folders() {
  std::vector<std::filesystem::path> folders;
  const auto folder = own_folder();
  if (!folder) return folders;
  for (auto& place : places(*folder, "plugins", PENSTOCK_PLUGINS_IN_PREFIX)) {
    std::error_code error;
    if (std::filesystem::is_directory(place, error)) folders.push_back(std::move(place));
  }
  return folders;
}

}  // namespace penstock
