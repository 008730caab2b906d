// Where files.write writes to. A file grows as PATH.partial, which another instance can cut back to
// what was committed, and gets its name when it is complete; one process at a time can write it.
// The standard output (-), a pipe or a device takes what it is given, and cannot be cut back.
#pragma once

#include <penstock/snapshot.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include "files/file.hpp"

namespace penstock::files {

class Output {
 public:
  // `offset` is what the last committed epoch ended with; `standard_output` a descriptor, for -.
  void open(const std::string& path, int standard_output, Epoch last, std::uint64_t offset);

  // True if an earlier instance finished it. A write makes it PATH.partial again.
  bool complete() const { return complete_; }

  void write(std::string_view content);  // throws without having moved `offset`
  std::uint64_t offset() const { return offset_; }
  void sync();
  // From now on somebody may ask for what has been written, be it nothing.
  void keep() { kept_ = true; }
  void finish();  // gives a file its name, durably
  // Takes a file away that it has made and that nothing came to: of a run that was refused, say.
  void close();

 private:
  void open_stream(File file);
  void open_partial(bool anew);
  void reopen();

  std::string path_;
  File file_;
  std::uint64_t offset_ = 0;
  bool stream_ = false;
  bool complete_ = false;
  bool kept_ = false;
};

}  // namespace penstock::files
