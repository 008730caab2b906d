// A pool as the engine sees it: a run of calls. Calls wait here, in the order of their priority and
// coming, until the workers can take them; what has come of each goes back to it. Belongs to
// whoever holds the Pool; what says so is called on the loop.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "api/pool_call.hpp"
#include "api/runtime.hpp"
#include "api/task_book.hpp"
#include "penstock/pool.hpp"
#include "plan/plan.hpp"
#include "run/run.hpp"

namespace penstock {

class PoolEngine final : public calls::PoolCore,
                         public std::enable_shared_from_this<PoolEngine>,
                         private Caller {
 public:
  PoolEngine(const PoolOptions& options, OwnTasks own);
  ~PoolEngine() override;

  calls::CallRef start(std::string_view task, calls::Argument argument, const std::string& result,
                       const CallOptions& options, bool wait) override;
  std::unique_ptr<calls::Stream> stream(std::string_view task, const std::string& argument,
                                        const std::string& result, const CallOptions& options,
                                        calls::Order order) override;
  calls::CallRef gather(std::unique_ptr<calls::Stream> stream) override;
  void close() override;
  void join() override { join_until(calls::Time::max()); }
  bool join_until(calls::Time until) override;
  void terminate() override;
  void shutdown(bool wait, bool cancel) override;
  Stats stats() const override;

  // A call that is not submitted yet. Throws Error with Status::refused.
  std::shared_ptr<PoolCall> prepare(std::string_view task, const std::string& argument,
                                    const std::string& result, const CallOptions& options);
  // Another one of the same task and terms.
  std::shared_ptr<PoolCall> prepare_like(const PoolCall& call);
  // False: there is no room. Throws Error where the pool takes no calls any more.
  bool submit(std::shared_ptr<PoolCall> call, bool wait);
  // From the loop: in front of all that wait, whatever the bound.
  void submit_again(std::shared_ptr<PoolCall> call);

  // For a call that is to be cancelled: one that counts, and was not handed to the run, is claimed.
  // Of one that was: true if it will not run, or not to its end.
  bool claim_waiting(PoolCall& call);
  bool withdraw(PoolCall& call, bool running);
  // One that is not submitted, and ends with others.
  void count_in(PoolCall& call);
  void has_ended(const PoolCall& call);
  void callbacks_begin() { ++callbacks_; }
  void callbacks_end();

  Runtime& runtime() { return *runtime_; }
  unsigned processes() const { return processes_; }

 private:
  bool supply(std::size_t room) override;
  void done(std::uint64_t number, const Payload* value, std::uint64_t took_ns) override;
  void given_up(std::uint64_t number, const std::string& item,
                std::span<const std::shared_ptr<Cause>> causes) override;

  void begin();
  void broke(const std::string& why);
  void end_all(TaskError::Kind kind, const std::string& why);
  void leave(calls::Time until);
  // What is to be known of a task before it is called.
  struct Known {
    std::size_t stage = 0;
    Wanted wanted;
  };
  Known look_up(std::string_view task, const std::string& argument, const std::string& result,
                const std::map<std::string, std::string>& with);
  std::shared_ptr<PoolCall> take(std::uint64_t number);
  void add(PoolCall& call);  // to those that have not ended; under the lock
  std::shared_ptr<PoolCall> next_waiting();
  bool hand_over(const std::shared_ptr<PoolCall>& call);

  const std::shared_ptr<Runtime> runtime_;
  const PoolOptions options_;
  unsigned processes_ = 0;

  // The loop's.
  TaskBook book_;
  Plan plan_;
  std::unique_ptr<Run> run_;
  std::unordered_map<std::uint64_t, std::shared_ptr<PoolCall>> under_way_;

  // The lock's.
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Known> known_;
  std::map<int, std::deque<std::shared_ptr<PoolCall>>, std::greater<>> waiting_;
  std::uint64_t next_number_ = 1;
  bool closed_ = false;
  std::string broken_;  // why it takes no calls; empty: it does
  Status broken_status_ = Status::gave_up;
  std::uint64_t took_ns_ = 0;
  Stats counts_;
  std::uint64_t began_ns_ = 0;

  std::atomic<std::size_t> waiting_count_{0};
  std::atomic<std::size_t> unended_{0};
  std::atomic<std::size_t> callbacks_{0};
  std::atomic<bool> gone_{false};  // no worker is left
};

}  // namespace penstock
