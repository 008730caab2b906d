#include "sync/managed/stored_semaphore.hpp"

#include <algorithm>

#include "sync/managed/message.hpp"
#include "sync/managed/session.hpp"

namespace penstock::sync {

void StoredSemaphore::perform(Verb verb, Request& request, Answer& answer, const Caller& caller) {
  switch (verb) {
    case Verb::semaphore_acquire:
      return acquire(request, answer, caller);
    case Verb::semaphore_release:
      return release(request, answer, caller);
    case Verb::semaphore_value: {
      if (!request.complete()) return;
      const std::lock_guard lock(mutex_);
      return answer.natural(value_);
    }
    default:
      return refuse_verb(answer, "a semaphore");
  }
}

void StoredSemaphore::acquire(Request& request, Answer& answer, const Caller& caller) {
  const Deadline deadline = deadline_of(request.integer());
  if (!request.complete()) return;
  std::unique_lock lock(mutex_);
  if (value_ == 0) {
    if (line_.stand(lock, *this, caller.waiter, deadline) != Waited::served) {
      return answer.flag(false);
    }
    if (caller.waiter.gone()) {
      add(1);
      return answer.flag(false);
    }
  } else {
    --value_;
  }
  if (++taken_by_[caller.session.number()] == 1) caller.session.note(shared_from_this());
  answer.flag(true);
}

void StoredSemaphore::add(std::uint64_t permits) {
  while (permits != 0 && line_.serve_first()) --permits;
  value_ += permits;
}

void StoredSemaphore::release(Request& request, Answer& answer, const Caller& caller) {
  const std::uint64_t permits = request.natural();
  if (!request.complete()) return;
  const std::lock_guard lock(mutex_);
  if (permits > bound_ - value_) {
    return answer.refuse(Refusal::misuse, "a semaphore is released more often than its bound of " +
                                              std::to_string(bound_) + " allows");
  }
  if (const auto own = taken_by_.find(caller.session.number()); own != taken_by_.end()) {
    const std::uint64_t given_back = std::min(own->second, permits);
    own->second -= given_back;
    if (own->second == 0) {
      taken_by_.erase(own);
      caller.session.forget(*this);
    }
  }
  add(permits);
}

void StoredSemaphore::bury(Session& session) {
  const std::lock_guard lock(mutex_);
  const auto own = taken_by_.find(session.number());
  if (own == taken_by_.end()) return;
  const std::uint64_t permits = std::min(own->second, bound_ - value_);
  taken_by_.erase(own);
  add(permits);
}

}  // namespace penstock::sync
