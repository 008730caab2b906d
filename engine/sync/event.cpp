#include "sync/event.hpp"

#include <utility>

namespace penstock::sync {
namespace {

bool is_odd(std::uint64_t flag) {
  return (flag & 1) != 0;
}

}  // namespace

Event::Event(std::uint64_t id, Region region)
    : Object(Kind::event, id), region_(std::move(region)), state_(region_.as<State>()) {}

Result<std::shared_ptr<Event>> Event::create() {
  const std::uint64_t id = new_object_id();
  auto region = Region::create(Kind::event, id, sizeof(State));
  if (!region) return region.error();
  return std::shared_ptr<Event>(new Event(id, *std::move(region)));
}

Result<ObjectRef> Event::open(std::uint64_t id, std::vector<UniqueFd> descriptors) {
  auto region = Region::open_only(std::move(descriptors), Kind::event, id, sizeof(State));
  if (!region) return region.error();
  return ObjectRef(new Event(id, *std::move(region)));
}

bool Event::is_set() const {
  return is_odd(state_.flag.load());
}

void Event::change(bool to_set) {
  Monitor monitor(state_.monitor);
  monitor.lock();
  if (is_set() != to_set) state_.flag.store(state_.flag.load() + 1);
  monitor.unlock();
}

void Event::set() {
  change(true);
  Monitor::wake_all(state_.gate);
}

void Event::clear() {
  change(false);
}

bool Event::wait(Deadline deadline) {
  if (is_set()) return true;
  Monitor monitor(state_.monitor);
  if (!monitor.lock_until(deadline)) return false;
  const std::uint64_t before = state_.flag.load();
  bool in_time = true;
  const auto was_set = [&] { return is_odd(before) || state_.flag.load() != before; };
  while (!was_set() && in_time) in_time = monitor.wait(state_.gate, deadline);
  monitor.unlock();
  return was_set();
}

bool Event::bury(Party) {
  Monitor monitor(state_.monitor);
  if (!monitor.lock_briefly()) return false;
  monitor.unlock();
  Monitor::revive(state_.gate);
  return true;
}

}  // namespace penstock::sync
