// Why an attempt at an item did not succeed: what stands in a dead letter, one for each attempt.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "run/item.hpp"

namespace penstock {

enum class Outcome { failed, crashed, timed_out };

struct Cause {
  Outcome outcome = Outcome::failed;
  std::string text;     // "killed by SIGSEGV (segmentation fault)", "timed out after 1 s"
  std::string message;  // what the task said
  int signal = 0;
  int exit = 0;
  std::vector<std::string> stack;  // the first line is where it happened
  std::string output;              // the last lines that the worker wrote
  std::string worker;
  unsigned attempt = 1;
  double seconds = 0;
  bool complete = true;  // false while the stack is still being looked up
};

// An attempt that did not succeed, for whoever listens.
struct Attempt {
  StageIndex stage = kNoStage;
  std::string item;  // its id
  unsigned number = 1;
  std::string cause;
  bool given_up = false;
};

// The causes of items that are not over yet. Belongs to the loop.
class CauseBook {
 public:
  void add(ItemIndex item, std::shared_ptr<Cause> cause) { causes_[item].push_back(cause); }
  std::vector<std::shared_ptr<Cause>> take(ItemIndex item) {
    auto node = causes_.extract(item);
    return node.empty() ? std::vector<std::shared_ptr<Cause>>() : std::move(node.mapped());
  }

 private:
  std::map<ItemIndex, std::vector<std::shared_ptr<Cause>>> causes_;
};

}  // namespace penstock
