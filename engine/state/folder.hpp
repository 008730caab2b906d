// The state folder of a pipeline: `.penstock/<pipeline>/` or what --state says, for its owner alone
// (0700). One run at a time has it, by a lock that ends with its processes: where the engine of the
// last run is gone and others of it are not yet, that is waited for. Fails with Status::refused
// when it is in use or cannot be made.
#pragma once

#include <filesystem>
#include <string>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace penstock {

class StateFolder {
 public:
  // Makes the folder if need be, and locks it.
  static Result<StateFolder> open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  // The lock's descriptor: whoever has a copy of it has the folder.
  int lock() const { return lock_.get(); }

 private:
  std::filesystem::path path_;
  UniqueFd lock_;
};

}  // namespace penstock
