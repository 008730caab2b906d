// Arguments of one task that go to a worker together, and what comes of them. If the call that has
// them all does not end well, they are run one by one: then each has the fate that it deserves.
#pragma once

#include <penstock/parcel.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/pool_call.hpp"

namespace penstock {

class CallChunk : public std::enable_shared_from_this<CallChunk> {
 public:
  // `pattern`: a call like which all of these are.
  CallChunk(std::shared_ptr<PoolEngine> pool, std::shared_ptr<PoolCall> pattern, std::string parcel,
            std::size_t count, CarriedObjects objects);

  // Submits it; waits for room in the pool.
  void begin();
  // What has not been handed to the run is not run. Also from the loop, and while it begins.
  void cancel();

  std::size_t count() const { return count_; }
  bool ready() const { return ready_.load(std::memory_order_acquire); }
  // When it gets ready, by whoever brings that about.
  std::function<void()> on_ready;

  // Of one that is ready: an entry for each argument, in their order.
  std::string_view results() const { return results_; }
  // Of an entry that has failed, or has no value where one is wanted.
  TaskError error_of(const sdk::Entry& entry) const;
  const std::vector<TaskError>& errors() const { return errors_; }
  double ns_each() const { return ns_each_; }  // 0: not known

 private:
  static constexpr std::uint32_t kNumbered = 1u << 31;  // `failure` is an index of errors_

  void ended_together();
  void ended_alone();
  void split();
  void fail_all(const TaskError& error);
  void add_error(const TaskError& error);
  void get_ready();

  const std::shared_ptr<PoolEngine> pool_;
  const std::shared_ptr<PoolCall> pattern_;
  const std::size_t count_;
  std::shared_ptr<PoolCall> together_;
  std::vector<std::shared_ptr<PoolCall>> alone_;
  std::atomic<std::size_t> left_{0};  // of alone_
  std::atomic<bool> cancelled_{false};
  std::atomic<bool> ready_{false};
  std::string own_results_;
  std::string_view results_;
  std::vector<TaskError> errors_;
  double ns_each_ = 0;
};

}  // namespace penstock
