// An item that was given up, with all its causes, as `penstock dead` shows it. A plain value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace penstock {

// All texts are well-formed UTF-8.
struct DeadLetter {
  static constexpr std::uint64_t kMaxPayload = 1u << 20;  // of it, so much is kept

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
  std::string path;     // the id as the journal knows it again; for no reader
};

// Its attempts alone, as a JSON array.
std::string attempts_json(const DeadLetter& letter);
// One line, without its end.
std::string to_json(const DeadLetter& letter);

}  // namespace penstock
