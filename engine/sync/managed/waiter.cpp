#include "sync/managed/waiter.hpp"

#include <algorithm>
#include <chrono>

#include "ipc/doorbell.hpp"

namespace penstock::sync {

Deadline deadline_of(std::int64_t timeout) {
  if (timeout < 0) return kForever;
  const std::uint64_t now = ipc::monotonic_ns();
  const std::uint64_t longest = static_cast<std::uint64_t>(INT64_MAX) - now;
  return now + std::min(static_cast<std::uint64_t>(timeout), longest);
}

void Waiter::give_up() {
  gone_.store(true, std::memory_order_release);
  StoredRef at;
  {
    const std::lock_guard lock(mutex_);
    at = at_;
  }
  if (at == nullptr) return;
  // With the object's lock, so that the waiter either sleeps already or has yet to look.
  const std::lock_guard lock(at->mutex());
  wake_.notify_one();
}

Waited WaitingLine::stand(std::unique_lock<std::mutex>& lock, Stored& object, Waiter& waiter,
                          Deadline deadline) {
  Place place{waiter};
  places_.push_back(&place);
  {
    const std::lock_guard at(waiter.mutex_);
    waiter.at_ = object.shared_from_this();
  }
  Waited waited = Waited::served;
  while (!place.served) {
    if (waiter.gone()) {
      waited = Waited::gone;
      break;
    }
    if (deadline == kForever) {
      waiter.wake_.wait(lock);
    } else {
      const std::chrono::nanoseconds since_boot(static_cast<std::int64_t>(deadline));
      const std::chrono::steady_clock::time_point until(since_boot);
      if (waiter.wake_.wait_until(lock, until) == std::cv_status::timeout && !place.served) {
        waited = Waited::timed_out;
        break;
      }
    }
  }
  if (!place.served) places_.erase(std::find(places_.begin(), places_.end(), &place));
  StoredRef at;  // dropped without the waiter's lock
  const std::lock_guard none(waiter.mutex_);
  at.swap(waiter.at_);
  return waited;
}

bool WaitingLine::serve_first() {
  if (places_.empty()) return false;
  Place& place = *places_.front();
  places_.pop_front();
  place.served = true;
  place.waiter.wake_.notify_one();
  return true;
}

std::size_t WaitingLine::serve_all() {
  std::size_t served = 0;
  while (serve_first()) ++served;
  return served;
}

}  // namespace penstock::sync
