#include "catalog/write_access.hpp"

#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>

#include "base/utf8.hpp"

namespace penstock {
namespace {

constexpr const char* kAllow = "PENSTOCK_ALLOW_WRITABLE_PLUGINS";
constexpr int kMaxLinks = 40;  // the kernel follows no more

bool is_allowed() {
  const char* value = std::getenv(kAllow);
  return value != nullptr && std::string_view(value) == "1";
}

std::string octal(mode_t mode) {
  char text[16];
  std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777));
  return text;
}

std::filesystem::path folder_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

Error open_to_all(const std::string& how, const std::filesystem::path& place, mode_t mode) {
  // Others rely on a folder such as /tmp: its mode is as it has to be.
  const bool shared = S_ISDIR(mode) && (mode & S_ISVTX) != 0;
  return Error(Status::refused,
               how + "has mode " + octal(mode) +
                   ": anybody on this system could put code there that runs as you; " +
                   (shared ? "move it to a folder of your own"
                           : "`chmod o-w " + printable(place.string()) + "` ends that") +
                   ", " + kAllow + "=1 in the environment allows it");
}

}  // namespace

Result<void> check_write_access(const std::filesystem::path& library) {
  struct stat file {};
  if (::stat(library.c_str(), &file) != 0 || !S_ISREG(file.st_mode) || is_allowed()) return {};
  std::filesystem::path place = library;
  std::string leads;
  for (int links = 0; links <= kMaxLinks; ++links) {
    const auto folder = folder_of(place);
    struct stat status {};
    if (::stat(folder.c_str(), &status) == 0 && (status.st_mode & S_IWOTH) != 0) {
      const std::string lies = leads.empty() ? "lies in the folder " : leads + " in the folder ";
      return open_to_all(lies + printable(folder.string()) + ", which ", folder, status.st_mode);
    }
    std::error_code error;
    const auto target = std::filesystem::read_symlink(place, error);
    if (error) break;
    place = folder / target;
    leads = "leads to " + printable(place.string());
  }
  if ((file.st_mode & S_IWOTH) == 0) return {};
  return open_to_all(leads.empty() ? "" : leads + ", which ", place, file.st_mode);
}

}  // namespace penstock
