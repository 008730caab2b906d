// A task in a process of its own, like Python's multiprocessing.Process:
//
//   penstock::Process hello("app.hello", "bob");
//   hello.start();
//   hello.join();
//
// The task is one of a plugin, or of the program itself (see <penstock/pool.hpp>); what it returns
// is dropped. Arguments are values and shared objects, a Connection is moved in. What it prints
// goes to the program's standard output and standard error.
//
// A child never outlives the program, however that ends. Leaving the scope waits for the child; one
// that is `daemon` is ended instead, and so is any while an exception passes.
//
// May be used from any thread. Throws Error where the task is not there, does not take such
// arguments, or a process cannot be started.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "penstock/call.hpp"
#include "penstock/worker_guard.hpp"

namespace penstock {

struct ProcessOptions {
  std::string name{};  // empty: Process-1, Process-2, ...
  bool daemon = false;
  std::vector<std::pair<std::string, std::string>> env{};  // added to the inherited one
  std::vector<std::string> plugin_path{};  // before PENSTOCK_PLUGIN_PATH and the usual folders
};

namespace calls {

class ProcessCore {
 public:
  virtual ~ProcessCore() = default;
  virtual void start() = 0;
  virtual bool join(Time until) = 0;
  virtual void signal(int number) = 0;
  virtual bool started() const = 0;
  virtual bool alive() const = 0;
  virtual pid_t pid() const = 0;
  virtual std::optional<int> exitcode() const = 0;
  virtual int sentinel() const = 0;
  virtual const std::string& name() const = 0;
};

}  // namespace calls

std::shared_ptr<calls::ProcessCore> make_process(const std::string& task, calls::Argument argument,
                                                 const ProcessOptions& options,
                                                 const penstock_plugin_info* own);

class Process {
 public:
  template <class... A>
  explicit Process(const std::string& task, A&&... arguments)
      : Process(ProcessOptions{}, task, std::forward<A>(arguments)...) {}
  template <class... A>
  Process(const ProcessOptions& options, const std::string& task, A&&... arguments)
      : core_(make_process(task, calls::argument_of(std::forward<A>(arguments)...), options,
                           &penstock_plugin)),
        daemon_(options.daemon),
        exceptions_(std::uncaught_exceptions()) {}
  Process(Process&&) noexcept = default;
  Process& operator=(Process&& other) noexcept {
    finish();
    core_ = std::move(other.core_);
    daemon_ = other.daemon_;
    exceptions_ = other.exceptions_;
    return *this;
  }
  ~Process() { finish(); }

  // Once. Returns when the process is there.
  void start() { core_->start(); }

  // Waits for the end of the process, of whatever kind. Throws Error if it was not started.
  void join() { core_->join(calls::Time::max()); }
  // False: the time was over first.
  bool join_for(std::chrono::nanoseconds timeout) { return core_->join(calls::until(timeout)); }

  bool is_alive() const { return core_->alive(); }
  // SIGTERM and SIGKILL, to it and to what it has started. Nothing once it has ended.
  void terminate() { core_->signal(15); }
  void kill() { core_->signal(9); }

  // None before it has ended: then 0 if the task returned, 1 if it threw, n if it left by exit(n),
  // and minus the number of the signal that killed it.
  std::optional<int> exitcode() const { return core_->exitcode(); }
  pid_t pid() const { return core_->pid(); }  // 0 before start()
  const std::string& name() const { return core_->name(); }
  bool daemon() const { return daemon_; }
  // A descriptor that is readable when the process has ended, for poll() and penstock::wait().
  // Belongs to this object. -1 before start().
  int sentinel() const { return core_->sentinel(); }

 private:
  void finish() noexcept {
    if (!core_ || !core_->started()) return;
    if (daemon_ || std::uncaught_exceptions() > exceptions_) core_->signal(9);
    core_->join(calls::Time::max());
  }

  std::shared_ptr<calls::ProcessCore> core_;
  bool daemon_ = false;
  int exceptions_ = 0;
};

struct ProcessInfo {
  std::string name;
  pid_t pid = 0;
};

// Those of this program that have not ended.
std::vector<ProcessInfo> active_children();
// This process: MainProcess, or the name of the Process whose task runs here.
ProcessInfo current_process();
// The program that started this process for a task; none in the program itself.
std::optional<ProcessInfo> parent_process();
// Cores that this program may use.
unsigned cpu_count();

}  // namespace penstock
