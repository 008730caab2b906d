// files.list: the path of each file, with its size. From the standard input it takes a path from
// each line.
#pragma once

#include <penstock/plugin.hpp>

#include <optional>

#include "files/paths.hpp"

namespace penstock::files {

struct ListedFile {
  std::string path;
  std::int64_t size = 0;
};
PENSTOCK_FIELDS(ListedFile, path, size)

class List {
 public:
  static constexpr bool reads_input = true;

  Paths input;

  void params(Params& p) { input.params(p); }
  void restore(const Snapshot& snapshot);
  void open(Context& context);
  std::optional<std::uint64_t> size() const;
  bool produce(std::size_t want, Emit<ListedFile>& out, Context& context);
  Snapshot snapshot() const;

 private:
  struct Place {
    std::uint64_t paths = 0;  // a hash of those that were emitted
    std::uint64_t next = 0;
    std::uint64_t last = 0;  // a hash of the last of them
  };

  static std::uint64_t extended(std::uint64_t hash, const std::string& path);
  Place behind(std::uint64_t count) const;
  Place after(const Place& place) const;  // the next path

  std::vector<std::string> paths_;
  Place place_;
};

}  // namespace penstock::files
