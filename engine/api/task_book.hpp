// The tasks that a pool has been asked for: finds each one, holds the types of a call against what
// it declares, and makes it a stage of the pool's run. Belongs to the loop.
#pragma once

#include <penstock/type.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/engine.hpp"
#include "api/own_tasks.hpp"
#include "penstock/call.hpp"
#include "plan/plan.hpp"

namespace penstock {

// One task, called with arguments of one type and parameters of one value.
struct CalledTask {
  std::size_t stage = 0;
  Type gives;  // its main output; null: nothing
  bool gives_any = false;
};

// How what a task gives becomes what a caller wants.
struct Wanted {
  bool nothing = true;  // it is dropped
  bool as_it_is = true;
  Type from;
  Type to;
};

class TaskBook {
 public:
  TaskBook(Engine& engine, OwnTasks own, std::vector<std::string> plugin_path);

  // Adds a stage to the plan where the task was not called in this way yet. Throws Error with
  // Status::refused: no such task, or types that do not fit.
  const CalledTask& find(Plan& plan, std::string_view task, const std::string& argument,
                         const std::map<std::string, std::string>& with);
  // A stage that each worker opens first, and runs once.
  void add_initializer(Plan& plan, const std::string& task, const std::string& type,
                       const std::string& argument);

  // Throws Error with Status::refused if a caller cannot have that.
  static Wanted wanted(std::string_view task, const CalledTask& called, const std::string& result);

 private:
  struct Described {
    std::size_t plugin = 0;  // in the plan
    const TaskDescription* task = nullptr;
  };
  Described describe(Plan& plan, std::string_view task);
  StagePlan stage_of(Plan& plan, std::string_view task, const std::string& argument,
                     const std::map<std::string, std::string>& with);

  Engine& engine_;
  const OwnTasks own_;
  const std::vector<std::string> plugin_path_;
  std::map<std::string, std::size_t, std::less<>> plugins_;  // in the plan, by name
  std::map<std::string, CalledTask, std::less<>> called_;
};

}  // namespace penstock
