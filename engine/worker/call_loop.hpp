// What a worker does: takes calls off its ring, one after the other, and answers them, until it is
// told to stop. One thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "plugin/library.hpp"
#include "worker/connection.hpp"
#include "worker/memory_gauge.hpp"
#include "worker/task_host.hpp"

namespace penstock {

class CallLoop {
 public:
  // `own`: the tasks of this program itself, or null. `protection`: whether the process is kept
  // from what it is to be kept from; if it is not, no plugin is loaded and every stage fails to
  // open.
  CallLoop(Connection& connection, const penstock_plugin_info* own, Result<void> protection)
      : connection_(connection), own_(own), protection_(std::move(protection)) {}

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
  const Result<void> protection_;
  std::map<std::string, std::unique_ptr<Library>> libraries_;
  std::map<std::uint16_t, std::unique_ptr<TaskHost>> stages_;
  std::vector<ipc::Descriptor> items_;  // of the call in hand
  std::size_t damaged_ = 0;             // which of them
  std::uint64_t published_at_ = 0;
  MemoryGauge memory_;
  bool worked_ = false;  // a run has ended since a stage was opened
  bool spent_ = false;   // its successor is to do the rest, with all memory there is
};

}  // namespace penstock
