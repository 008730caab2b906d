// A place in a row of files that are read one after the other. Its snapshot is small and enough for
// another process to go on exactly there; that the files up to there are what they were is looked
// at first.
#pragma once

#include <penstock/context.hpp>
#include <penstock/snapshot.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "files/file.hpp"

namespace penstock::files {

class Cursor {
 public:
  void restore(const Snapshot& snapshot);  // before `open`
  void open(std::vector<std::string> paths, Context& context);

  // Opens the file at the cursor; false behind the last one.
  bool at_file();
  const std::string& path() const { return file_.path(); }
  std::uint64_t offset() const { return place_.offset; }
  std::uint64_t size() const { return place_.size; }  // when it was opened

  // Fills `out` with what stands `ahead` bytes behind the cursor; less where the file ends.
  std::size_t read(std::uint64_t ahead, std::span<std::byte> out) const {
    return file_.read_at(place_.offset + ahead, out);
  }

  void advance(std::size_t bytes) { place_.offset += bytes; }
  void next_file();

  Snapshot snapshot() const { return place_; }

 private:
  struct Place {
    std::uint64_t paths = 0;  // a hash of all paths up to this one
    std::uint64_t path = 0;   // of this one
    std::uint64_t file = 0;   // index
    std::uint64_t offset = 0;
    std::uint64_t size = 0;  // of the file, and when it was changed, if it is open
    std::int64_t changed = 0;
  };

  void enter(std::uint64_t file);
  bool find_restored();

  std::vector<std::string> paths_;
  Place place_;
  std::optional<Place> restored_;
  File file_;
};

}  // namespace penstock::files
