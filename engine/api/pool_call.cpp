#include "api/pool_call.hpp"

#include <penstock/convert.hpp>

#include <cstdio>
#include <cstring>
#include <exception>
#include <utility>

#include "api/pool_engine.hpp"
#include "ipc/doorbell.hpp"

namespace penstock {
namespace {

void tell(const PoolCall& call, const char* what) {
  std::fprintf(stderr, "penstock: a callback of %s has thrown: %s\n", call.task().c_str(), what);
}

// What one throws must not keep others from being called.
void call_back(const std::function<void(const calls::Call&)>& callback, const PoolCall& call) {
  try {
    callback(call);
  } catch (const std::exception& error) {
    tell(call, error.what());
  } catch (...) {
    tell(call, "something that is no std::exception");
  }
}

}  // namespace

std::span<std::byte> Value::resize(std::size_t size) {
  size_ = size;
  if (size > sizeof small_) {
    large_.reset(new std::byte[size]);  // memory from new lies at a multiple of 16
    return {large_.get(), size};
  }
  large_.reset();
  return {small_, size};
}

std::uint64_t loop_time(calls::Time until) {
  if (until == calls::Time::max()) return UINT64_MAX;
  const auto left = until - std::chrono::steady_clock::now();
  const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(left).count();
  return ipc::monotonic_ns() + static_cast<std::uint64_t>(std::max<std::int64_t>(0, ns));
}

TaskError not_run(TaskError::Kind kind, const std::string& task, const std::string& why) {
  return TaskError(kind, task, task, {}, task + ": " + why);
}

TaskError no_value(const std::string& task) {
  return not_run(TaskError::Kind::failed, task, "the task gave no value, and one is wanted");
}

bool PoolCall::wait(calls::Time until) const {
  if (ready()) return true;
  return runtime_->wait([this] { return ready(); }, loop_time(until));
}

void PoolCall::give(std::span<const std::byte> bytes) {
  gave_ = true;
  std::string converted;
  if (!wanted.as_it_is) {
    std::string problem;
    if (!convert(wanted.to, wanted.from, bytes, converted, problem)) {
      return fail(not_run(TaskError::Kind::failed, task_, "what it gave is damaged: " + problem));
    }
    bytes = std::as_bytes(std::span(converted));
  }
  std::memcpy(value_.resize(bytes.size()).data(), bytes.data(), bytes.size());
}

bool PoolCall::cancel(bool running) {
  if (ready()) return error_ && error_->kind() == TaskError::Kind::cancelled;
  if (cancel_waiting()) return true;
  const auto pool = pool_.lock();
  if (!pool || !pool->withdraw(*this, running) || !claim()) return false;
  fail(not_run(TaskError::Kind::cancelled, task_, "cancelled"));
  publish();
  return true;
}

bool PoolCall::cancel_waiting() {
  const auto pool = pool_.lock();
  if (!pool || !pool->claim_waiting(*this)) return false;
  fail(not_run(TaskError::Kind::cancelled, task_, "cancelled"));
  publish();
  return true;
}

void PoolCall::then(std::function<void(const Call&)> callback) {
  {
    const std::lock_guard lock(mutex_);
    if (!ready()) return callbacks_.push_back(std::move(callback));
  }
  runtime_->callbacks().post(
      [call = shared_from_this(), callback = std::move(callback)] { call_back(callback, *call); });
}

void PoolCall::publish() {
  if (on_end) std::exchange(on_end, nullptr)();
  objects.clear();
  argument = std::string();
  std::vector<std::function<void(const Call&)>> callbacks;
  {
    const std::lock_guard lock(mutex_);
    ready_.store(true, std::memory_order_release);
    callbacks.swap(callbacks_);
  }
  const auto pool = pool_.lock();
  if (!callbacks.empty()) {
    // The pool's join() waits for them.
    if (pool) pool->callbacks_begin();
    runtime_->callbacks().post(
        [call = shared_from_this(), callbacks = std::move(callbacks), pool = pool_]() mutable {
          for (const auto& callback : callbacks) call_back(callback, *call);
          callbacks.clear();
          if (const auto waits = pool.lock()) waits->callbacks_end();
        });
  }
  if (pool) pool->has_ended(*this);
  runtime_->notify();
}

}  // namespace penstock
