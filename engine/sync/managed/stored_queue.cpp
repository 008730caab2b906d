#include "sync/managed/stored_queue.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "sync/managed/message.hpp"
#include "sync/managed/session.hpp"

namespace penstock::sync {

void StoredQueue::perform(Verb verb, Request& request, Answer& answer, const Caller& caller) {
  switch (verb) {
    case Verb::queue_put:
      return put(request, answer, caller);
    case Verb::queue_get:
      return get(request, answer, caller);
    case Verb::queue_join:
      return join(request, answer, caller);
    case Verb::queue_close:
      if (request.complete()) close();
      return;
    case Verb::queue_task_done:
      if (request.complete()) task_done(answer, caller);
      return;
    case Verb::queue_state: {
      if (!request.complete()) return;
      const std::lock_guard lock(mutex_);
      answer.natural(values_.size());
      answer.natural(capacity_);
      answer.flag(closed_);
      answer.natural(abandoned_);
      return;
    }
    default:
      return refuse_verb(answer, "a queue");
  }
}

void StoredQueue::put(Request& request, Answer& answer, const Caller& caller) {
  const Deadline deadline = deadline_of(request.integer());
  Entry value = request.value();
  if (!request.complete()) return;
  std::unique_lock lock(mutex_);
  if (!closed_ && !has_room()) {
    const Waited waited = givers_.stand(lock, *this, caller.waiter, deadline);
    if (waited != Waited::served) return answer.flag(false);
    --places_kept_;
  }
  if (closed_) return answer.refuse(Refusal::closed, "the queue is closed");
  // The request had come as a whole: it counts even if its process is dead by now.
  values_.push_back(std::move(value));
  if (joinable_) ++unfinished_;
  if (takers_.serve_first()) ++values_kept_;
  answer.flag(true);
}

void StoredQueue::get(Request& request, Answer& answer, const Caller& caller) {
  const Deadline deadline = deadline_of(request.integer());
  if (!request.complete()) return;
  std::unique_lock lock(mutex_);
  if (!has_value()) {
    if (closed_) return answer.refuse(Refusal::closed, "the queue is closed, and empty");
    const Waited waited = takers_.stand(lock, *this, caller.waiter, deadline);
    if (waited != Waited::served) return answer.flag(false);
    --values_kept_;
    if (values_.empty()) return answer.refuse(Refusal::closed, "the queue is closed, and empty");
    if (caller.waiter.gone()) {
      if (takers_.serve_first()) ++values_kept_;
      return answer.flag(false);
    }
  }
  auto taken = std::make_shared<Entry>(std::move(values_.front()));
  values_.pop_front();
  if (!closed_ && givers_.serve_first()) ++places_kept_;
  const std::uint64_t session = caller.session.number();
  if (joinable_ && ++taken_by_[session] == 1) caller.session.note(shared_from_this());
  lock.unlock();
  answer.flag(true);
  answer.value(*taken);
  // Both are kept until the process has shown that it read the answer.
  answer.if_unread([queue = shared_from_this(), taken, session] {
    static_cast<StoredQueue&>(*queue).put_back(std::move(*taken), session);
  });
}

void StoredQueue::put_back(Entry value, std::uint64_t session) {
  const std::lock_guard lock(mutex_);
  const auto taken = taken_by_.find(session);
  if (taken != taken_by_.end() && taken->second != 0) --taken->second;
  values_.push_front(std::move(value));
  if (takers_.serve_first()) ++values_kept_;
}

void StoredQueue::close() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(closed_, true)) return;
  values_kept_ += takers_.serve_all();
  places_kept_ += givers_.serve_all();
}

void StoredQueue::join(Request& request, Answer& answer, const Caller& caller) {
  const Deadline deadline = deadline_of(request.integer());
  if (!request.complete()) return;
  std::unique_lock lock(mutex_);
  answer.flag(unfinished_ == 0 ||
              joiners_.stand(lock, *this, caller.waiter, deadline) == Waited::served);
}

// One's own values first, then those of others: a process may say it for another one.
void StoredQueue::task_done(Answer& answer, const Caller& caller) {
  const std::lock_guard lock(mutex_);
  const auto own = taken_by_.find(caller.session.number());
  if (own != taken_by_.end()) {
    if (own->second != 0) --own->second;
    if (own->second == 0) {
      taken_by_.erase(own);
      caller.session.forget(*this);
    }
  } else {
    const auto other = std::find_if(taken_by_.begin(), taken_by_.end(),
                                    [](const auto& one) { return one.second != 0; });
    if (other == taken_by_.end()) {
      return answer.refuse(Refusal::misuse,
                           "task_done was called more often than values were taken");
    }
    --other->second;
  }
  finish(1);
}

void StoredQueue::finish(std::uint64_t values) {
  unfinished_ -= std::min(values, unfinished_);
  if (unfinished_ == 0) joiners_.serve_all();
}

void StoredQueue::bury(Session& session) {
  const std::lock_guard lock(mutex_);
  const auto taken = taken_by_.find(session.number());
  if (taken == taken_by_.end()) return;
  const std::uint64_t values = taken->second;
  taken_by_.erase(taken);
  if (values == 0) return;
  abandoned_ += values;
  finish(values);
}

}  // namespace penstock::sync
