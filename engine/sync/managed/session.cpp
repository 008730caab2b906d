#include "sync/managed/session.hpp"

#include <utility>

namespace penstock::sync {

Session::~Session() {
  store_.give_up_deposits(number_);
  for (const auto& [object, ref] : noted_) ref->bury(*this);
}

void Session::hold(const StoredRef& object) {
  const std::lock_guard lock(mutex_);
  Held& held = held_[object->id()];
  held.object = object;
  ++held.times;
}

void Session::release(std::uint64_t id, std::uint64_t times) {
  StoredRef last;  // goes without the lock
  const std::lock_guard lock(mutex_);
  const auto found = held_.find(id);
  if (found == held_.end()) return;
  if (found->second.times > times) {
    found->second.times -= times;
    return;
  }
  last = std::move(found->second.object);
  held_.erase(found);
}

void Session::note(const StoredRef& object) {
  const std::lock_guard lock(mutex_);
  noted_.emplace(object.get(), object);
}

void Session::forget(const Stored& object) {
  const std::lock_guard lock(mutex_);
  noted_.erase(&object);  // the request in hand keeps it
}

std::shared_ptr<Session> SessionTable::join(const Token& token) {
  const std::lock_guard lock(mutex_);
  std::erase_if(sessions_, [](const auto& one) { return one.second.expired(); });
  std::weak_ptr<Session>& known = sessions_[std::string(token.data(), token.size())];
  std::shared_ptr<Session> session = known.lock();
  if (session == nullptr) {
    session = std::make_shared<Session>(++last_, store_);
    known = session;
  }
  return session;
}

}  // namespace penstock::sync
