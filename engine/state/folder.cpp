#include "state/folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace penstock {
namespace {

Error refused(const std::filesystem::path& path, const std::string& why) {
  return Error(Status::refused, "state folder " + path.string() + ": " + why);
}

}  // namespace

Result<StateFolder> StateFolder::open(const std::filesystem::path& path) {
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (error) return refused(path, error.message() + "; choose another with --state");
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return refused(path, errno_text(errno) + "; choose another with --state");
  }
  if (!std::filesystem::is_directory(path, error)) {
    return refused(path, "this is not a folder; choose another with --state");
  }

  const std::filesystem::path name = path / "lock";
  UniqueFd lock(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return refused(path, "its lock cannot be opened: " + errno_text(errno));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    char pid[32] = {};
    const ssize_t n = ::pread(lock.get(), pid, sizeof pid - 1, 0);
    return refused(path,
                   "a run has it" +
                       (n > 0 ? " (process " + std::string(pid, static_cast<std::size_t>(n)) + ")"
                              : std::string()) +
                       "; wait for its end, or give this one another folder with --state");
  }
  const std::string self = std::to_string(::getpid());
  if (::ftruncate(lock.get(), 0) != 0 ||
      ::pwrite(lock.get(), self.data(), self.size(), 0) != static_cast<ssize_t>(self.size())) {
    return refused(path, "its lock cannot be written: " + errno_text(errno));
  }
  StateFolder folder;
  folder.path_ = path;
  folder.lock_ = std::move(lock);
  return folder;
}

}  // namespace penstock
