// An open file or other descriptor, closed with its owner. What fails throws std::system_error with
// the path in its text.
#pragma once

#include <penstock/type.hpp>

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace penstock::files {

// Throws std::system_error of errno: "cannot read 'path': reason".
[[noreturn]] void fail_with_errno(std::string_view action, const std::string& path);

class File {
 public:
  File() = default;
  File(std::string path, int flags);  // as open(2); new files have mode 0666 less the umask
  static File duplicate(int descriptor, std::string name);
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  ~File();

  explicit operator bool() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }
  const std::string& path() const { return path_; }

  struct stat status() const;

  // Reads until `out` is full or the file ends; answers how much it was.
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) const;
  void write_at(std::uint64_t offset, std::string_view content) const;
  void write_next(std::string_view content) const;  // waits where the reader is slow
  void truncate(std::uint64_t size) const;
  void sync() const;
  bool lock() const;  // for as long as it is open; false if another process has it
  void close();

 private:
  std::string path_;
  int descriptor_ = -1;
};

// Makes the folder that a path stands in durable, and so the path's name.
void sync_folder_of(const std::string& path);
void create_folder_of(const std::string& path);

}  // namespace penstock::files
