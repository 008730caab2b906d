#include "api/runtime.hpp"

#include <chrono>

#include "base/fd.hpp"
#include "base/thread.hpp"
#include "ipc/doorbell.hpp"

namespace penstock {
namespace {

// Who waits again within this time finds the loop free, and no thread to be woken for it.
constexpr std::uint64_t kLeaseNs = 1'000'000;
constexpr std::chrono::milliseconds kLongest{100};

std::chrono::nanoseconds left(std::uint64_t until) {
  const std::uint64_t now = ipc::monotonic_ns();
  return std::chrono::nanoseconds(until > now ? until - now : 0);
}

}  // namespace

std::shared_ptr<Runtime> Runtime::get() {
  static std::mutex mutex;
  static std::weak_ptr<Runtime> known;
  const std::lock_guard lock(mutex);
  if (auto there = known.lock()) return there;
  occupy_standard_descriptors();
  // It may be let go of in a callback, whose thread cannot wait for its own end.
  std::shared_ptr<Runtime> fresh(new Runtime, [](Runtime* last) {
    if (last->callbacks_.here() || std::this_thread::get_id() == last->thread_.get_id()) {
      std::thread([last] { delete last; }).detach();
    } else {
      delete last;
    }
  });
  known = fresh;
  return fresh;
}

Runtime::Runtime() {
  thread_ = start_thread([this] { serve(); });
}

Runtime::~Runtime() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  idle_.notify_one();
  loop_.wake();
  thread_.join();
}

void Runtime::leave(std::unique_lock<std::mutex>&) {
  driven_ = by_thread_ = false;
  left_at_ = ipc::monotonic_ns();
  if (waiting_ > 0) {
    changed_.notify_all();
  } else if (thread_sleeps_) {
    idle_.notify_one();
  }
}

bool Runtime::wait(const std::function<bool()>& ready, std::uint64_t until) {
  if (ready()) return true;
  std::unique_lock lock(mutex_);
  ++waiting_;
  std::atomic_thread_fence(std::memory_order_seq_cst);  // as in notify()
  while (!ready() && (until == UINT64_MAX || ipc::monotonic_ns() < until)) {
    if (!driven_ && claims_ == 0) {
      driven_ = true;
      --waiting_;
      lock.unlock();
      loop_.drive([&] { return ready() || claims_ > 0; }, until);
      lock.lock();
      ++waiting_;
      driven_ = false;
      if (claims_ > 0) changed_.notify_all();
      continue;
    }
    if (by_thread_) loop_.wake();
    if (until == UINT64_MAX) {
      changed_.wait(lock);
    } else {
      changed_.wait_for(lock, left(until));
    }
  }
  --waiting_;
  if (!driven_) leave(lock);
  lock.unlock();
  return ready();
}

void Runtime::with_loop(const std::function<void()>& work) {
  std::unique_lock lock(mutex_);
  ++waiting_;
  ++claims_;
  std::atomic_thread_fence(std::memory_order_seq_cst);
  while (driven_) {
    loop_.wake();
    changed_.wait(lock);
  }
  --claims_;
  --waiting_;
  driven_ = true;
  lock.unlock();
  try {
    work();
  } catch (...) {
    lock.lock();
    leave(lock);
    throw;
  }
  lock.lock();
  leave(lock);
}

void Runtime::notify() {
  // Either this thread sees that somebody waits, or that one sees what has come.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  loop_.wake();
  if (waiting_.load(std::memory_order_relaxed) == 0) return;
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

void Runtime::serve() {
  std::unique_lock lock(mutex_);
  std::chrono::nanoseconds pause(kLeaseNs);
  while (!stopping_) {
    const std::uint64_t now = ipc::monotonic_ns();
    if (driven_ || waiting_ > 0 || now < left_at_ + kLeaseNs) {
      // While others drive it looks less and less often, and is told when they leave.
      pause = driven_ ? std::min<std::chrono::nanoseconds>(pause * 2, kLongest)
                      : std::chrono::nanoseconds(kLeaseNs);
      thread_sleeps_ = pause > std::chrono::nanoseconds(kLeaseNs);
      idle_.wait_for(lock, pause);
      thread_sleeps_ = false;
      continue;
    }
    driven_ = by_thread_ = true;
    lock.unlock();
    loop_.drive([this] { return stopping_ || waiting_ > 0; });
    lock.lock();
    leave(lock);
  }
}

}  // namespace penstock
