// Items that were given up, as a state folder keeps them until the next run begins: what they were,
// and why each attempt failed. Any thread; also while a run goes on.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "penstock/error.hpp"

namespace penstock {

struct DeadItem {
  struct Attempt {
    std::string cause;               // "killed by SIGSEGV (segmentation fault)"
    std::string message;             // what the task said; may be empty
    std::vector<std::string> stack;  // the first line is where it happened
    std::string output;              // what the worker wrote last, to stderr
    std::string worker;
    double seconds = 0;
  };

  std::string item;    // "chunks:17/counts:0"
  std::string stage;   // that gave it up
  std::string task;    // plugin.task
  std::string plugin;  // its name and version
  std::string build;   // its build id
  std::vector<Attempt> attempts;
  std::string payload;  // as JSON
  std::string json;     // all of this in one line
};

// Where a run of this pipeline file keeps its state if it is not told otherwise. Throws Error if
// the file cannot be read.
std::string state_folder_of(const std::string& pipeline_file);

// In the order in which they were given up. Throws Error with Status::refused if there is no run in
// the folder, or its journal is damaged.
void for_each_dead_item(const std::string& state_folder,
                        const std::function<void(const DeadItem& item)>& use);

}  // namespace penstock
