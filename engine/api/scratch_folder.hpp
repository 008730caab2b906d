// A folder for temporary files, below TMPDIR, of its maker alone. It goes away with the object, and
// all that is in it, unless it is to be kept.
#pragma once

#include <filesystem>
#include <string>

namespace penstock {

class ScratchFolder {
 public:
  // `name` is what its name begins with. Throws Error with Status::lack.
  explicit ScratchFolder(const std::string& name);
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  void keep() { kept_ = true; }

 private:
  std::filesystem::path path_;
  bool kept_ = false;
};

}  // namespace penstock
