#include "files/file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace penstock::files {

void fail_with_errno(std::string_view action, const std::string& path) {
  throw std::system_error(errno, std::generic_category(), std::string(action) + " '" + path + "'");
}

File::File(std::string path, int flags) : path_(std::move(path)) {
  do {
    descriptor_ = ::open(path_.c_str(), flags | O_CLOEXEC, 0666);
  } while (descriptor_ < 0 && errno == EINTR);
  if (descriptor_ < 0) fail_with_errno("cannot open", path_);
}

File File::duplicate(int descriptor, std::string name) {
  File file;
  file.path_ = std::move(name);
  file.descriptor_ = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (file.descriptor_ < 0) fail_with_errno("cannot open", file.path_);
  return file;
}

File::File(File&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

File& File::operator=(File&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void File::close() {
  *this = File();
}

struct stat File::status() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) fail_with_errno("cannot look at", path_);
  return status;
}

namespace {

// Calls once(done) until all is done or it answers 0: the end of a file that is read.
template <class Once>
std::size_t repeat(std::size_t size, std::string_view action, const File& file, Once once) {
  std::size_t done = 0;
  while (done != size) {
    const ssize_t now = once(done);
    if (now == 0) break;
    if (now > 0) {
      done += static_cast<std::size_t>(now);
    } else if (errno == EAGAIN) {  // a terminal or a pipe that others have made non-blocking
      pollfd ready{file.descriptor(), POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      fail_with_errno(action, file.path());
    }
  }
  return done;
}

}  // namespace

std::size_t File::read_at(std::uint64_t offset, std::span<std::byte> out) const {
  return repeat(out.size(), "cannot read", *this, [&](std::size_t done) {
    return ::pread(descriptor_, out.data() + done, out.size() - done,
                   static_cast<off_t>(offset + done));
  });
}

void File::write_at(std::uint64_t offset, std::string_view content) const {
  repeat(content.size(), "cannot write", *this, [&](std::size_t done) {
    return ::pwrite(descriptor_, content.data() + done, content.size() - done,
                    static_cast<off_t>(offset + done));
  });
}

void File::write_next(std::string_view content) const {
  repeat(content.size(), "cannot write", *this, [&](std::size_t done) {
    return ::write(descriptor_, content.data() + done, content.size() - done);
  });
}

void File::truncate(std::uint64_t size) const {
  if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) {
    fail_with_errno("cannot cut back", path_);
  }
}

bool File::lock() const {
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return true;
  if (errno != EWOULDBLOCK) fail_with_errno("cannot lock", path_);
  return false;
}

void File::sync() const {
  if (::fsync(descriptor_) != 0) fail_with_errno("cannot make durable", path_);
}

void sync_folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path();
  File(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY).sync();
}

void create_folder_of(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (!folder.empty()) std::filesystem::create_directories(folder);
}

}  // namespace penstock::files
