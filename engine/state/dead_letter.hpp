// An item that was given up, with all its causes, as `penstock dead` shows it. A plain value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace penstock {

// All texts are well-formed UTF-8.
struct DeadLetter {
  static constexpr std::uint64_t kMaxPayload = 1u << 20;   // so much of it is shown
  static constexpr std::uint64_t kMaxContent = 64u << 20;  // a larger one cannot be replayed

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
  // What it takes to run it again: the bytes as they came, and on which of the task's inputs.
  std::string type;   // empty: they were too many, and are not kept
  std::string input;  // empty: the main one
  std::string content;
  std::string key;  // behind the value, where the maker gave one
};

// Its attempts alone, as a JSON array.
std::string attempts_json(const DeadLetter& letter);
// One line, without its end.
std::string to_json(const DeadLetter& letter);

}  // namespace penstock
