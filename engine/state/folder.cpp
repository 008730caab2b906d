#include "state/folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <system_error>
#include <thread>

namespace penstock {
namespace {

Error refused(const std::filesystem::path& path, const std::string& why) {
  return Error(Status::refused, "state folder " + path.string() + ": " + why);
}

// Who has the lock; 0: it does not say.
pid_t owner_of(int lock) {
  char text[32] = {};
  return ::pread(lock, text, sizeof text - 1, 0) > 0 ? std::atoi(text) : 0;
}

// It may have ended and be waited for by nobody.
bool has_ended(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string line;
  if (!std::getline(file, line)) return true;
  const std::size_t behind_name = line.rfind(") ");
  const char state = behind_name + 2 < line.size() ? line[behind_name + 2] : 'X';
  return state == 'Z' || state == 'X';
}

constexpr std::chrono::milliseconds kPause{10};
constexpr unsigned kLooks = 500;

}  // namespace

Result<StateFolder> StateFolder::open(const std::filesystem::path& path) {
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (error) return refused(path, error.message() + "; choose another with --state");
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return refused(path, errno_text(errno) + "; choose another with --state");
  }
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return refused(path, errno_text(errno));
  if (!S_ISDIR(status.st_mode)) {
    const bool link = S_ISLNK(status.st_mode);
    return refused(path, link ? "this is a link; name the folder itself, or another, with --state"
                              : "this is not a folder; choose another with --state");
  }
  if (status.st_uid == ::geteuid() && (status.st_mode & 07777) != 0700) {
    (void)::chmod(path.c_str(), 0700);  // whatever the umask
  }

  const std::filesystem::path name = path / "lock";
  UniqueFd lock(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock) return refused(path, "its lock cannot be opened: " + errno_text(errno));
  (void)::fchmod(lock.get(), 0600);
  for (unsigned waited = 0; ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0; ++waited) {
    const pid_t owner = owner_of(lock.get());
    // An engine that was killed is gone at once, those that it started a little later.
    const bool leaving = owner > 0 && has_ended(owner);
    if (!leaving || waited >= kLooks) {
      return refused(path, (owner > 0 ? "in use by pid " + std::to_string(owner) : "in use") +
                               "; wait for its end, or give this run another folder with --state");
    }
    std::this_thread::sleep_for(kPause);
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
