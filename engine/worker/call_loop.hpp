// What a worker does: takes calls off its ring, one after the other, and answers them, until it is
// told to stop. One thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "plugin/library.hpp"
#include "worker/connection.hpp"
#include "worker/task_host.hpp"

namespace penstock {

class CallLoop {
 public:
  // `own`: the tasks of this program itself, or null.
  CallLoop(Connection& connection, const penstock_plugin_info* own)
      : connection_(connection), own_(own) {}

  // Returns when the engine says stop.
  void run();

 private:
  void call(const ipc::Descriptor& descriptor);
  ipc::Ending perform(const ipc::Descriptor& descriptor, TaskHost*& stage, std::string& problem);
  Result<TaskHost*> prepare();
  void feed(const ipc::Descriptor& descriptor);

  Result<Library> open_library(const std::string& path);

  Connection& connection_;
  const penstock_plugin_info* own_;
  std::map<std::string, std::unique_ptr<Library>> libraries_;
  std::map<std::uint16_t, std::unique_ptr<TaskHost>> stages_;
  std::vector<ipc::Descriptor> items_;  // of the call in hand
  std::size_t damaged_ = 0;             // which of them
  std::uint64_t published_at_ = 0;
};

}  // namespace penstock
