#include "files/cursor.hpp"

#include <fcntl.h>

#include <algorithm>
#include <utility>

namespace penstock::files {
namespace {

std::uint64_t extended(std::uint64_t hash, const std::string& path) {
  for (const char c : path) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return (hash ^ 0xff) * 0x100000001b3;  // in no path
}

}  // namespace

void Cursor::restore(const Snapshot& snapshot) {
  restored_ = snapshot.as<Place>();
}

void Cursor::open(std::vector<std::string> paths, Context& context) {
  paths_ = std::move(paths);
  enter(0);
  if (!restored_) return;
  while (place_.file != restored_->file && place_.file != paths_.size()) enter(place_.file + 1);
  const bool same_paths = place_.paths == restored_->paths;
  if (!same_paths) {
    context.changed(
        "the files to be read are not those that they were before the interruption: one of those "
        "up to number " +
        std::to_string(restored_->file + 1) + " was added, renamed or removed");
    if (!find_restored()) return;
  }
  if (place_.file == paths_.size() || restored_->offset == 0) return;
  place_.offset = restored_->offset;
  at_file();
  if (same_paths && (place_.size != restored_->size || place_.changed != restored_->changed)) {
    context.changed("'" + path() + "' has changed since its first " +
                    std::to_string(place_.offset) + " bytes were read");
  }
}

// Goes to the beginning of the file with that index, the next one.
void Cursor::enter(std::uint64_t file) {
  place_ = {.paths = place_.paths, .file = file};
  if (file == paths_.size()) return;
  place_.paths = extended(place_.paths, paths_[file]);
  place_.path = extended(0, paths_[file]);
}

// Goes to the file that it stood in, whatever is before that now. If it is gone: stays where it is.
bool Cursor::find_restored() {
  const auto found = std::find_if(paths_.begin(), paths_.end(), [&](const std::string& path) {
    return extended(0, path) == restored_->path;
  });
  if (found == paths_.end()) return false;
  place_ = {};
  for (auto path = paths_.begin(); path <= found; ++path) {
    enter(static_cast<std::uint64_t>(path - paths_.begin()));
  }
  return true;
}

bool Cursor::at_file() {
  if (file_) return true;
  if (place_.file >= paths_.size()) return false;
  File file(paths_[place_.file], O_RDONLY | O_NONBLOCK);  // a pipe would wait for its other end
  const struct stat status = file.status();
  if (!S_ISREG(status.st_mode)) {
    throw Permanent("'" + file.path() +
                    "' is no regular file; the path - reads the standard input");
  }
  place_.size = static_cast<std::uint64_t>(status.st_size);
  place_.changed = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
  file_ = std::move(file);
  return true;
}

void Cursor::next_file() {
  file_.close();
  enter(place_.file + 1);
}

}  // namespace penstock::files
