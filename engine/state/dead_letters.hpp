// The dead letters of a run: `dead.jsonl` in the state folder, one JSON object a line, written when
// an item is given up. The letters of the run before are replaced when a new one begins. Belongs to
// the loop; a failed write is a lack.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace penstock {

// All texts are well-formed UTF-8.
struct DeadLetter {
  struct Attempt {
    std::string cause;
    int signal = 0;
    int exit = 0;
    std::string message;
    std::vector<std::string> stack;
    std::string output;  // what the worker wrote last, to stderr
    std::string worker;
    double seconds = 0;
  };

  std::string item;
  std::string stage;
  std::string task;
  std::string plugin;
  std::string build;
  std::vector<Attempt> attempts;
  std::string payload;  // a JSON value
};

class DeadLetters {
 public:
  static constexpr std::uint64_t kMaxPayload = 1u << 20;  // of it, so much is kept

  // Nothing is kept: for runs without a state folder.
  DeadLetters() = default;

  static Result<DeadLetters> create(const std::filesystem::path& folder);

  Result<void> write(const DeadLetter& letter);
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  UniqueFd file_;
};

// The line, without its end.
std::string to_json(const DeadLetter& letter);

}  // namespace penstock
