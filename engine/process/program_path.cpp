#include "process/program_path.hpp"

#include <unistd.h>

#include <string>
#include <system_error>

namespace penstock {

Result<std::filesystem::path> program_folder() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) {
    return Error(Status::refused,
                 "/proc/self/exe cannot be read: " + error.message() + "; is /proc mounted?");
  }
  return program.parent_path();
}

Result<std::filesystem::path> find_program(std::string_view name) {
  const auto folder = program_folder();
  if (!folder) return folder.error();
  const std::filesystem::path places[] = {*folder / name,
                                          folder->parent_path() / "libexec" / "penstock" / name};
  for (const auto& place : places) {
    if (::access(place.c_str(), X_OK) == 0) return place;
  }
  return Error(Status::refused, std::string(name) + ": not found, neither as " +
                                    places[0].string() + " nor as " + places[1].string() +
                                    "; build or install all of Penstock");
}

}  // namespace penstock
