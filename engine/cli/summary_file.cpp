#include "cli/summary_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "cli/output.hpp"
#include "penstock/error.hpp"

namespace penstock {
namespace {

[[noreturn]] void fail(const std::string& path, int error) {
  throw Error(Status::lack, path + ": the summary could not be written: " +
                                std::generic_category().message(error));
}

// 0, or the errno of what went wrong.
int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

int write_file(const std::string& path, std::string_view text, int flags) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | flags, 0666);
  if (fd < 0) return errno;
  int error = write_all(fd, text);
  // Pipes and terminals have nothing to be synchronized.
  if (error == 0 && (flags & O_CREAT) && ::fsync(fd) != 0) error = errno;
  if (::close(fd) != 0 && error == 0) error = errno;
  return error;
}

// Whether this is standard output by another name, such as /dev/stdout: to replace the file there
// would lose what has been printed.
bool is_standard_output(const std::string& path) {
  struct stat file {
  }, output{};
  return ::stat(path.c_str(), &file) == 0 && ::fstat(STDOUT_FILENO, &output) == 0 &&
         file.st_dev == output.st_dev && file.st_ino == output.st_ino;
}

}  // namespace

void write_summary_file(const std::string& path, std::string_view text) {
  if (is_standard_output(path)) return print(text);
  std::error_code ignored;
  const auto kind = std::filesystem::status(path, ignored).type();
  if (kind != std::filesystem::file_type::regular &&
      kind != std::filesystem::file_type::not_found) {
    if (const int error = write_file(path, text, 0)) fail(path, error);
    return;
  }
  // A link stays one: what it points to is replaced.
  const std::filesystem::path real = std::filesystem::weakly_canonical(path, ignored);
  const std::string place = ignored ? path : real.string();
  const std::string partial = place + ".partial";
  int error = write_file(partial, text, O_CREAT | O_TRUNC);
  if (error == 0 && std::rename(partial.c_str(), place.c_str()) != 0) error = errno;
  if (error == 0) return;
  ::unlink(partial.c_str());
  fail(path, error);
}

}  // namespace penstock
