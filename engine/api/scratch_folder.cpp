#include "api/scratch_folder.hpp"

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "base/fd.hpp"

namespace penstock {

ScratchFolder::ScratchFolder(const std::string& name) {
  std::error_code error;
  const std::filesystem::path base = std::filesystem::temp_directory_path(error);
  std::string path = ((error ? "/tmp" : base) / (name + "-XXXXXX")).string();
  if (::mkdtemp(path.data()) == nullptr) {
    throw Error(Status::lack, path + ": " + errno_text(errno) + "; TMPDIR names another folder");
  }
  path_ = path;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  if (!kept_) std::filesystem::remove_all(path_, ignored);
}

}  // namespace penstock
