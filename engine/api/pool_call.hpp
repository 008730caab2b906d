// One call of a pool, from its submission to its end: what stands behind an AsyncResult. The pool
// ends it, on the loop, or whoever cancels it; the first of them counts. Whoever waits does so from
// any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/runtime.hpp"
#include "api/task_book.hpp"
#include "penstock/call.hpp"
#include "run/caller.hpp"

namespace penstock {

class PoolEngine;

// Bytes at a multiple of 16.
class Value {
 public:
  // Room for so many bytes; what was there is gone.
  std::span<std::byte> resize(std::size_t size);
  std::span<const std::byte> bytes() const { return {large_ ? large_.get() : small_, size_}; }

 private:
  alignas(16) std::byte small_[ipc::kInlineBytes];
  std::unique_ptr<std::byte[]> large_;
  std::size_t size_ = 0;
};

class PoolCall final : public calls::Call, public std::enable_shared_from_this<PoolCall> {
 public:
  PoolCall(std::shared_ptr<Runtime> runtime, std::weak_ptr<PoolEngine> pool, std::string task,
           std::size_t stage)
      : task_(std::move(task)),
        stage_(stage),
        runtime_(std::move(runtime)),
        pool_(std::move(pool)) {}

  bool ready() const override { return ready_.load(std::memory_order_acquire); }
  bool wait(calls::Time until) const override;
  Bytes value() const override { return value_.bytes(); }
  const TaskError* error() const override { return error_ ? &*error_ : nullptr; }
  bool cancel(bool running) override;
  // The same for one that has not been handed to the run; also from the loop.
  bool cancel_waiting();
  void then(std::function<void(const Call&)> callback) override;

  // What is sent; not changed once it is submitted.
  const std::string& task() const { return task_; }
  std::size_t stage() const { return stage_; }
  std::string argument;
  bool several = false;  // the argument is a parcel
  CarriedObjects objects;
  Wanted wanted;
  std::uint64_t timeout_ns = 0;
  unsigned attempts = 1;
  int priority = 0;
  // Called when it has ended, before anybody else hears of it, by whoever ends it.
  std::function<void()> on_end;

  // The pool's.
  std::uint64_t number = 0;  // once it was submitted
  bool counted = false;      // among those that have not ended
  bool handed_over = false;  // to the run

  // Whoever gets true ends it: fills in what has come of it, and publishes that.
  bool claim() { return !claimed_.test_and_set(); }
  bool claimed() const { return claimed_.test(); }
  Value& value_to_fill() { return value_; }
  // What the task gave, which is of type `wanted.from`.
  void give(std::span<const std::byte> bytes);
  void note_given() { gave_ = true; }  // it stands in value_to_fill()
  void fail(TaskError error) { error_.emplace(std::move(error)); }
  bool gave() const { return gave_; }
  std::uint64_t took_ns = 0;  // in the worker
  void publish();

 private:
  const std::string task_;
  const std::size_t stage_;
  const std::shared_ptr<Runtime> runtime_;
  const std::weak_ptr<PoolEngine> pool_;
  std::atomic_flag claimed_;
  std::atomic<bool> ready_{false};
  bool gave_ = false;
  Value value_;
  std::optional<TaskError> error_;
  std::mutex mutex_;
  std::vector<std::function<void(const Call&)>> callbacks_;
};

// Of a call that never ran: why not.
TaskError not_run(TaskError::Kind kind, const std::string& task, const std::string& why);
// Of a call that has ended well, of which a value is wanted.
TaskError no_value(const std::string& task);

// The time of a clock that programs use as that of the loop; UINT64_MAX: never.
std::uint64_t loop_time(calls::Time until);

}  // namespace penstock
