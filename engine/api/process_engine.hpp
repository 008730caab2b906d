// A Process as the engine sees it: a run of one call in one worker, which is tried once. Belongs to
// whoever holds the Process; what says so is called on the loop.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "api/own_tasks.hpp"
#include "api/runtime.hpp"
#include "base/fd.hpp"
#include "penstock/process.hpp"
#include "plan/plan.hpp"
#include "run/run.hpp"

namespace penstock {

class ProcessEngine final : public calls::ProcessCore,
                            public std::enable_shared_from_this<ProcessEngine>,
                            private Caller {
 public:
  ProcessEngine(const std::string& task, calls::Argument argument, const ProcessOptions& options,
                OwnTasks own);
  ~ProcessEngine() override;

  void start() override;
  bool join(calls::Time until) override;
  void signal(int number) override;
  bool started() const override { return started_; }
  bool alive() const override { return started_ && !ended_; }
  pid_t pid() const override { return pid_; }
  std::optional<int> exitcode() const override;
  int sentinel() const override { return sentinel_.get(); }
  const std::string& name() const override { return name_; }

 private:
  bool supply(std::size_t room) override;
  void done(std::uint64_t number, const Payload* value, std::uint64_t took_ns) override;
  void given_up(std::uint64_t number, const std::string& item,
                std::span<const std::shared_ptr<Cause>> causes) override;
  void worker_ended(const Worker& worker, const WorkerEnd& end);
  void note_pid(const Worker& worker);
  void let_go();

  const std::shared_ptr<Runtime> runtime_;
  const std::string name_;
  Plan plan_;
  CallTerms terms_;
  std::string argument_;
  std::unique_ptr<Run> run_;  // the loop's, as all above
  bool given_ = false;
  bool failed_ = false;  // the task threw
  std::string problem_;  // why it could not be started
  int exitcode_ = 0;     // once it has ended

  UniqueFd sentinel_;
  std::atomic<bool> started_{false};
  std::atomic<pid_t> pid_{0};
  std::atomic<bool> ended_{false};
};

}  // namespace penstock
