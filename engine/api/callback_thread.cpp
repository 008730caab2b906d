#include "api/callback_thread.hpp"

#include <utility>

#include "base/thread.hpp"

namespace penstock {

CallbackThread::~CallbackThread() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  something_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void CallbackThread::post(std::function<void()> callback) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(callback));
    if (!thread_.joinable()) {
      thread_ = start_thread([this] { work(); });
    }
  }
  something_.notify_one();
}

void CallbackThread::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    something_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    // All that have come by now, so that the lock is taken once for many.
    std::deque<std::function<void()>> batch = std::exchange(waiting_, {});
    lock.unlock();
    for (std::function<void()>& callback : batch) {
      callback();
      callback = nullptr;
    }
    lock.lock();
  }
}

}  // namespace penstock
