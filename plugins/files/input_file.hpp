// A regular file that an item names, read from its beginning to its end. What fails is thrown as
// what it means for the item: a file that is not there or may not be read is Permanent, a device or
// a server that does not answer is Transient, a lack of descriptors or memory is a Lack. Closed
// with its owner.
#pragma once

#include <penstock/datum.hpp>

#include <cstdint>
#include <string>

namespace penstock::files {

// An item's path: the item itself if it is text, or the field `path` of a record. Throws Permanent.
std::string path_of(const Datum& item);

class InputFile {
 public:
  explicit InputFile(std::string path);
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile();

  const std::string& path() const { return path_; }
  int descriptor() const { return descriptor_; }
  std::uint64_t expected_size() const { return expected_size_; }  // when it was opened

  // The next bytes, at most so many as there is room for; none at the end.
  Bytes read(std::span<std::byte> room) const;

 private:
  std::string path_;
  int descriptor_ = -1;
  std::uint64_t expected_size_ = 0;
};

}  // namespace penstock::files
