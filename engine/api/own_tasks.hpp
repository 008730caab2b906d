// The tasks of the program itself: what it says of them, and how it is started again to run them.
// Set by worker_guard() before any thread is there; read from any.
#pragma once

#include <penstock/plugin.h>

#include <string>
#include <vector>

#include "base/result.hpp"
#include "plugin/descriptor.hpp"

namespace penstock {

// Null: the program has none.
struct OwnTasks {
  explicit OwnTasks(const penstock_plugin_info* program) : info(program) {}

  // Whether tasks that are called `plugin`.… are the program's.
  bool named(std::string_view plugin) const;
  // Fails where worker_guard() was not called, with the line to add.
  Result<PluginDescription> describe() const;
  // What a worker is started as; empty: penstock-worker, since the program cannot be one.
  std::vector<std::string> worker() const;

  const penstock_plugin_info* info;
};

// How this program is started again as something else, which worker_guard() takes the word for;
// empty: it cannot be, since main() does not begin with that.
std::vector<std::string> this_program(const char* word);
inline constexpr const char* kObjectServerWord = "--penstock-objects";

}  // namespace penstock
