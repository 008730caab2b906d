// The state folder of a pipeline: `.penstock/<pipeline>/` or what --state says, for its owner alone
// (0700). One run at a time has it, by a lock that ends with its process. Fails with
// Status::refused when it is in use or cannot be made.
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

 private:
  std::filesystem::path path_;
  UniqueFd lock_;
};

}  // namespace penstock
