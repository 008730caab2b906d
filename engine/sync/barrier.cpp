#include "sync/barrier.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace penstock::sync {
namespace {

bool is_free(const std::atomic<Party>& place) {
  return place.load() == kNobody;
}

}  // namespace

Barrier::Barrier(std::uint64_t id, Region region, std::uint32_t parties)
    : Object(Kind::barrier, id),
      region_(std::move(region)),
      state_(region_.as<State>()),
      parties_(parties) {}

Result<std::shared_ptr<Barrier>> Barrier::create(std::uint32_t parties,
                                                 std::chrono::nanoseconds patience) {
  if (parties == 0 || parties > kMostParties) {
    return Error(Status::refused, "a barrier of " + std::to_string(parties) +
                                      " parties; it has at least one and at most " +
                                      std::to_string(kMostParties));
  }
  const std::uint64_t id = new_object_id();
  auto region = Region::create(Kind::barrier, id, sizeof(State) + parties * sizeof(Party));
  if (!region) return region.error();
  region->as<State>().parties = parties;
  region->as<State>().patience_ns = patience.count();
  return std::shared_ptr<Barrier>(new Barrier(id, *std::move(region), parties));
}

Result<ObjectRef> Barrier::open(std::uint64_t id, std::vector<UniqueFd> descriptors) {
  auto region = Region::open_only(std::move(descriptors), Kind::barrier, id, sizeof(State));
  if (!region) return region.error();
  const std::uint32_t parties = region->as<State>().parties;
  if (parties == 0 || (region->size() - sizeof(State)) / sizeof(Party) < parties) {
    return Error(Status::gave_up, "a barrier came with a wrong number of parties");
  }
  return ObjectRef(new Barrier(id, *std::move(region), parties));
}

// The place of each who waits holds its party.
std::atomic<Party>* Barrier::places() const {
  return reinterpret_cast<std::atomic<Party>*>(region_.data() + sizeof(State));
}

bool Barrier::broken() const {
  const Phase phase = state_.phase.load();
  return phase == Phase::broken || phase == Phase::doomed;
}

std::uint32_t Barrier::waiting() const {
  if (state_.phase.load() != Phase::filling) return 0;
  return parties_ -
         static_cast<std::uint32_t>(std::count_if(places(), places() + parties_, is_free));
}

std::chrono::nanoseconds Barrier::patience() const {
  return std::chrono::nanoseconds(state_.patience_ns);
}

void Barrier::to(Phase phase) {
  state_.phase.store(phase);
  Monitor::wake_all(state_.inside);
  Monitor::wake_all(state_.outside);
}

void Barrier::break_it() {
  const Phase phase = state_.phase.load();
  to(phase == Phase::draining || phase == Phase::doomed ? Phase::doomed : Phase::broken);
}

// The last one to leave a round makes room for the next, or whoever looks first if that one died.
void Barrier::settle() {
  const Phase phase = state_.phase.load();
  const bool leaving =
      phase == Phase::draining || phase == Phase::doomed || phase == Phase::resetting;
  if (!leaving || !std::all_of(places(), places() + parties_, is_free)) return;
  to(phase == Phase::doomed ? Phase::broken : Phase::filling);
}

// With the monitor. Null: broken. All places are taken and nobody acts when the last one to come
// has died before it let the others through: its burial will break the barrier.
std::atomic<Party>* Barrier::come_in(Deadline deadline) {
  Monitor monitor(state_.monitor);
  for (bool in_time = true;; in_time = monitor.wait(state_.outside, deadline)) {
    settle();
    const Phase phase = state_.phase.load();
    if (phase == Phase::broken) return nullptr;
    std::atomic<Party>* const place = std::find_if(places(), places() + parties_, is_free);
    if (phase == Phase::filling && place != places() + parties_) {
      place->store(this_party());
      return place;
    }
    if (!in_time) {
      break_it();
      return nullptr;
    }
  }
}

// With the monitor, which is free meanwhile: the barrier may be broken when it comes back.
void Barrier::act(const std::function<bool()>& action) {
  Monitor monitor(state_.monitor);
  if (!action) return to(Phase::draining);
  state_.phase.store(Phase::acting);
  monitor.unlock();
  const bool done = action();
  monitor.lock();
  if (state_.phase.load() != Phase::acting) return;
  done ? to(Phase::draining) : break_it();
}

std::optional<std::uint32_t> Barrier::wait(Deadline deadline, const std::function<bool()>& action) {
  Monitor monitor(state_.monitor);
  monitor.lock();
  std::atomic<Party>* const mine = come_in(deadline);
  if (mine == nullptr) {
    monitor.unlock();
    return std::nullopt;
  }
  if (std::none_of(places(), places() + parties_, is_free)) act(action);

  const auto is_on = [&] {
    const Phase phase = state_.phase.load();
    return phase == Phase::filling || phase == Phase::acting;
  };
  while (is_on()) {
    if (!monitor.wait(state_.inside, deadline) && is_on()) break_it();
  }
  const Phase phase = state_.phase.load();
  const bool passed = phase == Phase::draining || phase == Phase::doomed;
  mine->store(kNobody);
  settle();
  monitor.unlock();
  if (!passed) return std::nullopt;
  return static_cast<std::uint32_t>(mine - places());
}

void Barrier::abort() {
  Monitor monitor(state_.monitor);
  monitor.lock();
  break_it();
  monitor.unlock();
}

void Barrier::reset() {
  Monitor monitor(state_.monitor);
  monitor.lock();
  const Phase phase = state_.phase.load();
  const bool passed = phase == Phase::draining || phase == Phase::doomed;
  to(passed ? Phase::draining : Phase::resetting);
  settle();
  monitor.unlock();
}

// Replaces one, or all, of `who`; true if there was any.
bool Barrier::replace(std::atomic<Party>* from, std::uint32_t count, Party who, Party by,
                      bool all) {
  bool any = false;
  for (std::atomic<Party>* one = from; one != from + count && (all || !any); ++one) {
    if (one->load() != who) continue;
    one->store(by);
    any = true;
  }
  return any;
}

void Barrier::handle_made() {
  const std::lock_guard counting(handles_mutex_);
  if (handles_++ != 0) return;
  Monitor monitor(state_.monitor);
  monitor.lock();
  replace(state_.members, kMostMembers, kNobody, this_party(), false);
  monitor.unlock();
}

void Barrier::handle_dropped() {
  const std::lock_guard counting(handles_mutex_);
  if (--handles_ != 0) return;
  Monitor monitor(state_.monitor);
  monitor.lock();
  replace(state_.members, kMostMembers, this_party(), kNobody, false);
  monitor.unlock();
}

bool Barrier::bury(Party dead) {
  Monitor monitor(state_.monitor);
  if (!monitor.lock_briefly()) return false;
  const bool had_it = replace(state_.members, kMostMembers, dead, kNobody, true);
  const bool waited = replace(places(), parties_, dead, kNobody, true);
  const Phase phase = state_.phase.load();
  const bool missed = waited && (phase == Phase::filling || phase == Phase::acting);
  if (had_it || missed) break_it();
  settle();
  monitor.unlock();
  Monitor::revive(state_.inside);
  Monitor::revive(state_.outside);
  return true;
}

}  // namespace penstock::sync
