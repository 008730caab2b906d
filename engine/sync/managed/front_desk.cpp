#include "sync/managed/front_desk.hpp"

#include <utility>
#include <vector>

#include "sync/managed/message.hpp"
#include "sync/managed/session.hpp"
#include "sync/managed/stored_dict.hpp"
#include "sync/managed/stored_instance.hpp"
#include "sync/managed/stored_list.hpp"
#include "sync/managed/stored_mutex.hpp"
#include "sync/managed/stored_queue.hpp"
#include "sync/managed/stored_semaphore.hpp"
#include "sync/managed/stored_signals.hpp"

namespace penstock::sync {

FrontDesk::FrontDesk(ObjectStore& store, const managed::Here& here, std::function<void()> shut_down)
    : store_(store),
      here_(here),
      shut_down_(std::move(shut_down)),
      names_(store.make<StoredDict>()) {}

void FrontDesk::perform(Verb verb, Request& request, Answer& answer, const Caller& caller) {
  switch (verb) {
    case Verb::make_queue: {
      const std::uint64_t capacity = request.natural();
      const bool joinable = request.flag();
      if (request.complete()) answer.name(store_.make<StoredQueue>(capacity, joinable));
      return;
    }
    case Verb::make_mutex: {
      const bool recursive = request.flag();
      if (request.complete()) answer.name(store_.make<StoredMutex>(recursive));
      return;
    }
    case Verb::make_semaphore:
      return make_semaphore(request, answer);
    case Verb::make_condition:
      return make_condition(request, answer);
    case Verb::make_barrier:
      return make_barrier(request, answer);
    case Verb::make_instance:
      return make_instance(request, answer);
    case Verb::hold:
      return hold(request, answer);
    case Verb::release:
      return release(request, caller);
    case Verb::deposit:
    case Verb::claim:
      return pass_on(verb, request, answer, caller);
    default:
      break;
  }
  if (!request.complete()) return;
  switch (verb) {
    case Verb::make_dict:
      return answer.name(store_.make<StoredDict>());
    case Verb::make_list:
      return answer.name(store_.make<StoredList>());
    case Verb::make_event:
      return answer.name(store_.make<StoredEvent>());
    case Verb::names:
      return answer.name(names_);
    case Verb::object_count:
      return answer.natural(store_.size());
    case Verb::shut_down:
      return shut_down_();
    default:
      return refuse_verb(answer, "the front desk");
  }
}

void FrontDesk::make_semaphore(Request& request, Answer& answer) {
  const std::uint64_t value = request.natural();
  const std::uint64_t bound = request.natural();
  if (!request.complete()) return;
  if (value > bound) {
    return answer.refuse(Refusal::misuse, "a semaphore begins with more than its bound");
  }
  answer.name(store_.make<StoredSemaphore>(value, bound));
}

void FrontDesk::make_condition(Request& request, Answer& answer) {
  const StoredRef named = request.named();
  if (!request.complete()) return;
  auto mutex = std::dynamic_pointer_cast<StoredMutex>(named);
  if (mutex == nullptr) {
    return answer.refuse(Refusal::misuse, "a condition needs a mutex of the same manager");
  }
  answer.name(store_.make<StoredCondition>(std::move(mutex)));
}

void FrontDesk::make_barrier(Request& request, Answer& answer) {
  const std::uint64_t parties = request.natural();
  if (!request.complete()) return;
  if (parties == 0) return answer.refuse(Refusal::misuse, "a barrier needs at least one party");
  answer.name(store_.make<StoredBarrier>(parties));
}

void FrontDesk::make_instance(Request& request, Answer& answer) {
  const std::string name(request.text());
  const auto type = TypeRegistry::of_this_process().find(name);
  if (!type) return answer.refuse(Refusal::misuse, type.error().what());
  auto object = StoredInstance::construct(name, **type, request, answer, here_);
  if (object == nullptr) return;
  answer.name(store_.make<StoredInstance>(name, *type, std::move(object), here_));
}

// One that is gone is no mistake here: each flag tells.
void FrontDesk::hold(Request& request, Answer& answer) {
  std::vector<StoredRef> objects(request.count());
  for (StoredRef& object : objects) object = store_.find(request.natural());
  if (!request.complete()) return;
  for (const StoredRef& object : objects) {
    answer.flag(object != nullptr);
    if (object != nullptr) answer.hand_over(object);
  }
}

void FrontDesk::release(Request& request, const Caller& caller) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> given_back(request.count());
  for (auto& [id, times] : given_back) {
    id = request.natural();
    times = request.natural();
  }
  if (!request.complete()) return;
  for (const auto& [id, times] : given_back) caller.session.release(id, times);
}

void FrontDesk::pass_on(Verb verb, Request& request, Answer& answer, const Caller& caller) {
  if (verb == Verb::deposit) {
    StoredRef object = request.named();
    if (!request.complete()) return;
    return answer.natural(store_.deposit(std::move(object), caller.session.number()));
  }
  const std::uint64_t ticket = request.natural();
  const std::uint64_t id = request.natural();
  if (!request.complete()) return;
  StoredRef object = store_.claim(ticket);
  if (object == nullptr || object->id() != id) object = store_.find(id);
  answer.flag(object != nullptr);
  if (object != nullptr) answer.hand_over(object);
}

}  // namespace penstock::sync
