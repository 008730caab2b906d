#include "sync/semaphore.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace penstock::sync {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;  // the monitor orders all of it

Party party_of(std::uint64_t holder) {
  return static_cast<Party>(holder >> 32);
}

std::uint32_t permits_of(std::uint64_t holder) {
  return static_cast<std::uint32_t>(holder);
}

std::uint64_t holding(Party party, std::uint32_t permits) {
  return (std::uint64_t{party} << 32) | permits;
}

}  // namespace

Semaphore::Semaphore(Kind kind, std::uint64_t id, Region region)
    : Object(kind, id), region_(std::move(region)), state_(region_.as<State>()) {}

Result<std::shared_ptr<Semaphore>> Semaphore::create(Kind kind, std::uint32_t permits) {
  if (permits > kMostPermits) {
    return Error(Status::refused, "a semaphore of " + std::to_string(permits) +
                                      " permits; at most " + std::to_string(kMostPermits));
  }
  const std::uint64_t id = new_object_id();
  auto region = Region::create(kind, id, sizeof(State));
  if (!region) return region.error();
  std::shared_ptr<Semaphore> made(new Semaphore(kind, id, *std::move(region)));
  made->state_.total = permits;
  made->state_.value = permits;
  return made;
}

Result<ObjectRef> Semaphore::open(Kind kind, std::uint64_t id, std::vector<UniqueFd> descriptors) {
  auto region = Region::open_only(std::move(descriptors), kind, id, sizeof(State));
  if (!region) return region.error();
  return ObjectRef(new Semaphore(kind, id, *std::move(region)));
}

std::uint32_t Semaphore::value() const {
  return state_.value.load(kRelaxed);
}

std::uint32_t Semaphore::used() const {
  return std::min(state_.holders_used.load(kRelaxed), kMostHolders);
}

Semaphore::Holder* Semaphore::holder(Party party) {
  Holder* const end = state_.holders + used();
  Holder* const found = std::find_if(state_.holders, end, [&](const Holder& one) {
    const std::uint64_t now = one.load(kRelaxed);
    return party_of(now) == party && permits_of(now) != 0;
  });
  return found == end ? nullptr : found;
}

Semaphore::Holder* Semaphore::any_holder() {
  Holder* const end = state_.holders + used();
  Holder* const found = std::find_if(
      state_.holders, end, [](const Holder& one) { return permits_of(one.load(kRelaxed)) != 0; });
  return found == end ? nullptr : found;
}

// Null: all places are taken.
Semaphore::Holder* Semaphore::place_for(Party party) {
  if (Holder* mine = holder(party)) return mine;
  const std::uint32_t count = used();
  for (std::uint32_t i = 0; i < count; ++i) {
    if (permits_of(state_.holders[i].load(kRelaxed)) == 0) return &state_.holders[i];
  }
  if (count == kMostHolders) return nullptr;
  state_.holders_used.store(count + 1, kRelaxed);
  return &state_.holders[count];
}

Result<bool> Semaphore::acquire(Deadline deadline) {
  Monitor monitor(state_.monitor);
  if (!monitor.lock_until(deadline)) return false;
  while (value() == 0) {
    if (monitor.wait(state_.gate, deadline) || value() != 0) continue;
    monitor.unlock();
    return false;
  }
  Holder* const place = place_for(this_party());
  if (place == nullptr) {
    monitor.unlock();
    Monitor::wake_one(state_.gate);  // what was not taken here is there for another
    return Error(Status::refused, "more than " + std::to_string(kMostHolders) +
                                      " processes hold permits of this semaphore");
  }
  place->store(holding(this_party(), permits_of(place->load(kRelaxed)) + 1), kRelaxed);
  state_.value.store(value() - 1, kRelaxed);
  monitor.unlock();
  return true;
}

void Semaphore::give_back(Holder* from) {
  if (from != nullptr) {
    const std::uint64_t now = from->load(kRelaxed);
    from->store(holding(party_of(now), permits_of(now) - 1), kRelaxed);
  } else {
    state_.total.store(state_.total.load(kRelaxed) + 1, kRelaxed);
  }
  state_.value.store(value() + 1, kRelaxed);
}

Result<void> Semaphore::release(std::uint32_t permits) {
  Monitor monitor(state_.monitor);
  monitor.lock();
  const std::uint32_t most =
      kind() == Kind::bounded_semaphore ? state_.total.load(kRelaxed) : kMostPermits;
  if (permits > most - std::min(value(), most)) {
    monitor.unlock();
    return Error(Status::refused,
                 kind() == Kind::bounded_semaphore
                     ? "a bounded semaphore of " + std::to_string(most) + " is given back too often"
                     : "a semaphore has at most " + std::to_string(kMostPermits) + " permits");
  }
  for (std::uint32_t i = 0; i < permits; ++i) {
    Holder* const mine = holder(this_party());
    give_back(mine != nullptr ? mine : any_holder());
  }
  monitor.unlock();
  permits == 1 ? Monitor::wake_one(state_.gate) : Monitor::wake_all(state_.gate);
  return {};
}

bool Semaphore::bury(Party dead) {
  Monitor monitor(state_.monitor);
  if (!monitor.lock_briefly()) return false;
  if (Holder* const found = holder(dead)) found->store(0, kRelaxed);
  std::uint64_t taken = 0;
  for (std::uint32_t i = 0; i < used(); ++i) taken += permits_of(state_.holders[i].load(kRelaxed));
  const std::uint32_t total = state_.total.load(kRelaxed);
  state_.value.store(taken < total ? total - static_cast<std::uint32_t>(taken) : 0, kRelaxed);
  monitor.unlock();
  Monitor::revive(state_.gate);
  return true;
}

}  // namespace penstock::sync
