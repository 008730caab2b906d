// Why a call of a task has not ended well, with the cause of each attempt. Thrown by
// AsyncResult::get() and everything that waits for a value, and handed to error callbacks. A plain
// value, may be used from any thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "penstock/error.hpp"

namespace penstock {

class TaskError : public Error {
 public:
  enum class Kind {
    failed,     // the task threw
    crashed,    // its process died: a signal, an exit
    timed_out,  // it ran longer than its call allowed
    cancelled,  // by cancel(), or terminate() of its pool
    not_run,    // its pool has ended for another reason, which the text says
  };

  struct Attempt {
    std::string cause;    // "killed by SIGSEGV (segmentation fault)"
    std::string message;  // what the task threw
    int signal = 0;       // that killed the process
    int exit = 0;         // status with which it left
    std::vector<std::string>
        stack;           // of a crash: function and line, the first is where it happened
    std::string output;  // the last lines that the process wrote to stderr
    std::string worker;  // "worker-3"
    double seconds = 0;
  };

  // `call` is the name of the call, such as "app.fetch:17".
  TaskError(Kind kind, std::string task, std::string call, std::vector<Attempt> attempts,
            const std::string& text)
      : Error(Status::dead, text),
        kind_(kind),
        task_(std::move(task)),
        call_(std::move(call)),
        attempts_(std::move(attempts)) {}

  Kind kind() const { return kind_; }
  const std::string& task() const { return task_; }
  const std::string& call() const { return call_; }
  // In order; none where it never began.
  const std::vector<Attempt>& attempts() const { return attempts_; }

 private:
  Kind kind_;
  std::string task_;
  std::string call_;
  std::vector<Attempt> attempts_;
};

// Thrown where a value was waited for and the time was over first. The call goes on.
class TimeoutError : public Error {
 public:
  TimeoutError() : Error(Status::gave_up, "no result within the time given; the call goes on") {}
};

}  // namespace penstock
