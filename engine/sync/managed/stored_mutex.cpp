#include "sync/managed/stored_mutex.hpp"

#include <utility>

#include "sync/managed/message.hpp"
#include "sync/managed/session.hpp"

namespace penstock::sync {

bool StoredMutex::belongs_to(const Session& session, std::uint64_t thread) const {
  return session_ == session.number() && thread_ == thread;
}

bool StoredMutex::is_held_by(const Session& session, std::uint64_t thread) {
  const std::lock_guard lock(mutex_);
  return belongs_to(session, thread);
}

void StoredMutex::perform(Verb verb, Request& request, Answer& answer, const Caller& caller) {
  switch (verb) {
    case Verb::mutex_lock:
      return lock(request, answer, caller);
    case Verb::mutex_unlock:
      return unlock(request, answer, caller);
    case Verb::mutex_abandoned: {
      if (!request.complete()) return;
      const std::lock_guard lock(mutex_);
      return answer.flag(abandoned_);
    }
    default:
      return refuse_verb(answer, "a mutex");
  }
}

Waited StoredMutex::acquire(std::unique_lock<std::mutex>& lock, const Caller& caller,
                            std::uint64_t thread, Deadline deadline) {
  if (taken_) {
    const Waited waited = line_.stand(lock, *this, caller.waiter, deadline);
    if (waited != Waited::served) return waited;
    if (caller.waiter.gone()) {
      pass_on();
      return Waited::gone;
    }
  }
  taken_ = true;
  session_ = caller.session.number();
  thread_ = thread;
  times_ = 1;
  caller.session.note(shared_from_this());
  return Waited::served;
}

void StoredMutex::pass_on() {
  session_ = 0;
  times_ = 0;
  taken_ = line_.serve_first();
}

void StoredMutex::lock(Request& request, Answer& answer, const Caller& caller) {
  const std::uint64_t thread = request.natural();
  const Deadline deadline = deadline_of(request.integer());
  if (!request.complete()) return;
  std::unique_lock lock(mutex_);
  if (belongs_to(caller.session, thread)) {
    if (!recursive_) {
      return answer.refuse(Refusal::misuse,
                           "this thread holds the mutex already, and would wait for itself");
    }
    ++times_;
    return answer.flag(true);
  }
  answer.flag(acquire(lock, caller, thread, deadline) == Waited::served);
}

void StoredMutex::unlock(Request& request, Answer& answer, const Caller& caller) {
  const std::uint64_t thread = request.natural();
  if (!request.complete()) return;
  const std::lock_guard lock(mutex_);
  if (!belongs_to(caller.session, thread)) {
    return answer.refuse(Refusal::misuse, "a thread unlocks a mutex that it does not hold");
  }
  if (--times_ != 0) return;
  caller.session.forget(*this);
  abandoned_ = false;
  pass_on();
}

void StoredMutex::bury(Session& session) {
  const std::lock_guard lock(mutex_);
  if (session_ != session.number()) return;
  abandoned_ = true;
  pass_on();
}

std::uint64_t StoredMutex::let_go(Session& session, std::uint64_t thread) {
  const std::lock_guard lock(mutex_);
  if (!belongs_to(session, thread)) return 0;
  const std::uint64_t times = times_;
  session.forget(*this);
  abandoned_ = false;
  pass_on();
  return times;
}

bool StoredMutex::take_again(const Caller& caller, std::uint64_t thread, std::uint64_t times) {
  std::unique_lock lock(mutex_);
  if (acquire(lock, caller, thread, kForever) != Waited::served) return false;
  times_ = times;
  return true;
}

void StoredCondition::perform(Verb verb, Request& request, Answer& answer, const Caller& caller) {
  switch (verb) {
    case Verb::condition_wait:
      return wait(request, answer, caller);
    case Verb::condition_notify:
      return notify(request, answer, caller);
    case Verb::condition_mutex:
      if (request.complete()) answer.name(of_);
      return;
    default:
      return refuse_verb(answer, "a condition");
  }
}

void StoredCondition::wait(Request& request, Answer& answer, const Caller& caller) {
  const std::uint64_t thread = request.natural();
  const Deadline deadline = deadline_of(request.integer());
  if (!request.complete()) return;
  std::unique_lock lock(mutex_);
  const std::uint64_t times = of_->let_go(caller.session, thread);
  if (times == 0) {
    return answer.refuse(Refusal::misuse, "a thread waits without the mutex of the condition");
  }
  const Waited waited = line_.stand(lock, *this, caller.waiter, deadline);
  if (waited == Waited::served && caller.waiter.gone()) line_.serve_first();
  lock.unlock();
  of_->take_again(caller, thread, times);
  answer.flag(waited == Waited::served);
}

void StoredCondition::notify(Request& request, Answer& answer, const Caller& caller) {
  const std::uint64_t thread = request.natural();
  const std::uint64_t number = request.natural();
  if (!request.complete()) return;
  if (!of_->is_held_by(caller.session, thread)) {
    return answer.refuse(Refusal::misuse, "a thread notifies without the mutex of the condition");
  }
  const std::lock_guard lock(mutex_);
  for (std::uint64_t i = 0; i != number && line_.serve_first(); ++i) {
  }
}

}  // namespace penstock::sync
