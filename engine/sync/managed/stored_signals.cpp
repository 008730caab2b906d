#include "sync/managed/stored_signals.hpp"

#include "sync/managed/message.hpp"

namespace penstock::sync {

void StoredEvent::perform(Verb verb, Request& request, Answer& answer, const Caller& caller) {
  const bool known = verb >= Verb::event_set && verb <= Verb::event_wait;
  const Deadline deadline = verb == Verb::event_wait ? deadline_of(request.integer()) : kForever;
  if (!known) return refuse_verb(answer, "an event");
  if (!request.complete()) return;
  std::unique_lock lock(mutex_);
  switch (verb) {
    case Verb::event_set:
      set_ = true;
      line_.serve_all();
      return;
    case Verb::event_clear:
      set_ = false;
      return;
    case Verb::event_is_set:
      return answer.flag(set_);
    default:
      answer.flag(set_ || line_.stand(lock, *this, caller.waiter, deadline) == Waited::served);
  }
}

void StoredBarrier::perform(Verb verb, Request& request, Answer& answer, const Caller& caller) {
  const bool known = verb >= Verb::barrier_wait && verb <= Verb::barrier_state;
  const Deadline deadline = verb == Verb::barrier_wait ? deadline_of(request.integer()) : kForever;
  if (!known) return refuse_verb(answer, "a barrier");
  if (!request.complete()) return;
  if (verb == Verb::barrier_wait) return wait(deadline, answer, caller);
  const std::lock_guard lock(mutex_);
  if (verb == Verb::barrier_state) {
    answer.natural(parties_);
    answer.natural(line_.size());
    answer.flag(broken_);
    return;
  }
  broken_ = verb == Verb::barrier_abort;
  end_round(false);
}

void StoredBarrier::end_round(bool passed) {
  round_->passed = passed;
  round_ = std::make_shared<Round>();
  line_.serve_all();
}

void StoredBarrier::wait(Deadline deadline, Answer& answer, const Caller& caller) {
  constexpr const char* why = "the barrier is broken: a party died, ran out of time or gave up";
  std::unique_lock lock(mutex_);
  if (broken_) return answer.refuse(Refusal::broken, why);
  const std::uint64_t place = line_.size();
  if (place + 1 == parties_) {
    end_round(true);
    return answer.natural(place);
  }
  const std::shared_ptr<Round> round = round_;
  if (line_.stand(lock, *this, caller.waiter, deadline) != Waited::served) {
    broken_ = true;
    end_round(false);
  }
  if (!round->passed) return answer.refuse(Refusal::broken, why);
  answer.natural(place);
}

}  // namespace penstock::sync
