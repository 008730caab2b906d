#include "sync/condition.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace penstock::sync {

Condition::Condition(std::uint64_t id, Region region, std::shared_ptr<Mutex> mutex)
    : Object(Kind::condition, id),
      region_(std::move(region)),
      state_(region_.as<State>()),
      mutex_(std::move(mutex)) {}

Result<std::shared_ptr<Condition>> Condition::create(std::shared_ptr<Mutex> mutex) {
  const std::uint64_t id = new_object_id();
  auto region = Region::create(Kind::condition, id, sizeof(State));
  if (!region) return region.error();
  region->as<State>().mutex_kind = mutex->kind();
  region->as<State>().mutex_id = mutex->id();
  return std::shared_ptr<Condition>(new Condition(id, *std::move(region), std::move(mutex)));
}

Result<ObjectRef> Condition::open(std::uint64_t id, std::vector<UniqueFd> descriptors) {
  if (descriptors.size() != 2) {
    return Error(Status::gave_up, "a condition came without its mutex");
  }
  UniqueFd of_mutex = std::move(descriptors[1]);
  descriptors.pop_back();
  auto region = Region::open_only(std::move(descriptors), Kind::condition, id, sizeof(State));
  if (!region) return region.error();
  const Kind kind = region->as<State>().mutex_kind;
  if (kind != Kind::mutex && kind != Kind::recursive_mutex) {
    return Error(Status::gave_up, "a condition came with something else than a mutex");
  }
  std::vector<UniqueFd> rest;
  rest.push_back(std::move(of_mutex));
  auto mutex = open_object(kind, region->as<State>().mutex_id, std::move(rest));
  if (!mutex) return mutex.error();
  return ObjectRef(
      new Condition(id, *std::move(region), std::static_pointer_cast<Mutex>(*std::move(mutex))));
}

std::uint32_t Condition::used() const {
  return std::min(state_.places_used.load(std::memory_order_relaxed), kMostWaiters);
}

// The party comes last: with it the place is taken.
Condition::Place* Condition::take_place() {
  const std::uint32_t count = used();
  Place* place = std::find_if(state_.places, state_.places + count,
                              [](const Place& one) { return one.party.load() == kNobody; });
  if (place == state_.places + kMostWaiters) return nullptr;
  if (place == state_.places + count) state_.places_used.store(count + 1);
  place->ticket = state_.next_ticket++;
  place->notified.store(0);
  place->party.store(this_party());
  return place;
}

Condition::Place* Condition::oldest_waiting() {
  Place* oldest = nullptr;
  for (Place* place = state_.places; place != state_.places + used(); ++place) {
    if (place->party.load() == kNobody || place->notified.load() != 0) continue;
    if (oldest == nullptr || place->ticket < oldest->ticket) oldest = place;
  }
  return oldest;
}

// The place is taken before the mutex is given back, so that no notification is missed in between.
Result<bool> Condition::wait(Deadline deadline) {
  if (!mutex_->is_held()) {
    return Error(Status::refused,
                 "waiting at a condition gives back its mutex, which this thread does not hold");
  }
  Monitor monitor(state_.monitor);
  if (!monitor.lock_until(deadline)) return false;
  Place* const place = take_place();
  monitor.unlock();
  if (place == nullptr) {
    return Error(Status::refused,
                 "more than " + std::to_string(kMostWaiters) + " wait at this condition");
  }
  const std::uint32_t depth = mutex_->unlock_all();
  monitor.lock();
  bool in_time = true;
  while (place->notified.load() == 0 && in_time) in_time = monitor.wait(place->gate, deadline);
  const bool notified = place->notified.load() != 0;
  if (!notified) place->party.store(kNobody);
  monitor.unlock();
  const auto locked = mutex_->lock_again(depth);
  // Only now it has been seen: of one who dies before, another gets it.
  if (notified) place->party.store(kNobody);
  if (!locked) return locked.error();
  return notified;
}

void Condition::tell(Place* place) {
  place->notified.store(1);
  Monitor::wake_one(place->gate);
}

void Condition::notify(std::uint32_t how_many) {
  Monitor monitor(state_.monitor);
  monitor.lock();
  if (how_many == kAll) {
    for (Place* place = state_.places; place != state_.places + used(); ++place) {
      if (place->party.load() != kNobody) tell(place);
    }
  } else {
    for (; how_many > 0; --how_many) {
      Place* const place = oldest_waiting();
      if (place == nullptr) break;
      tell(place);
    }
  }
  monitor.unlock();
}

bool Condition::bury(Party dead) {
  if (!mutex_->bury(dead)) return false;
  Monitor monitor(state_.monitor);
  if (!monitor.lock_briefly()) return false;
  std::uint32_t owed = 0;
  const std::uint32_t count = used();
  for (Place* place = state_.places; place != state_.places + count; ++place) {
    if (place->party.load() != dead) continue;
    if (place->notified.load() != 0) ++owed;
    place->party.store(kNobody);
  }
  for (; owed > 0; --owed) {
    if (Place* const place = oldest_waiting()) tell(place);
  }
  monitor.unlock();
  // Also for a notification that the dead one had marked and not said.
  for (Place* place = state_.places; place != state_.places + count; ++place) {
    Monitor::revive(place->gate);
  }
  return true;
}

}  // namespace penstock::sync
