#include "exec/program.hpp"

#include <penstock/errors.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace penstock::exec {
namespace {

bool is_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

std::string find_program(const std::string& name, std::string_view folders) {
  if (name.empty()) throw Permanent("the program's name, the first of `argv`, is empty");
  if (name.find('/') != name.npos) return name;
  std::string unusable;
  for (std::string_view rest = folders; !rest.empty();) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    const std::string_view folder = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!folder.starts_with('/')) continue;
    const std::string path = std::string(folder) + "/" + name;
    if (!is_file(path)) continue;
    if (::access(path.c_str(), X_OK) == 0) return path;
    unusable = path;
  }
  if (!unusable.empty()) throw Permanent("`" + unusable + "` is not allowed to be executed");
  throw Permanent("there is no program '" + name + "' in PATH; install it, or give its path");
}

}  // namespace penstock::exec
