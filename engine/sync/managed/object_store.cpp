#include "sync/managed/object_store.hpp"

#include <cstring>
#include <vector>

#include "sync/managed/authentication.hpp"

namespace penstock::sync {
namespace {

// One to one, so that no number comes twice, and none says which comes next.
std::uint64_t mixed(std::uint64_t number) {
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
  number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
  return number ^ (number >> 31);
}

}  // namespace

ObjectStore::ObjectStore() {
  const Nonce random = new_nonce();
  std::memcpy(&last_, random.data(), sizeof last_);
}

std::uint64_t ObjectStore::next_number() {
  std::uint64_t number = mixed(++last_);
  if (number == managed::front_desk) number = mixed(++last_);
  return number;
}

StoredRef ObjectStore::adopt(std::unique_ptr<Stored> object) {
  StoredRef made(object.release(), [this](Stored* dead) { destroy(dead); });
  const std::lock_guard lock(mutex_);
  made->id_ = next_number();
  objects_.emplace(made->id_, made);
  return made;
}

// One that goes lets go of those it names: a long chain of them is taken down link by link, and not
// by one destructor inside the other.
void ObjectStore::destroy(Stored* object) {
  {
    const std::lock_guard lock(mutex_);
    objects_.erase(object->id());
  }
  thread_local std::vector<Stored*>* pile = nullptr;
  if (pile != nullptr) {
    pile->push_back(object);
    return;
  }
  std::vector<Stored*> dead{object};
  pile = &dead;
  while (!dead.empty()) {
    Stored* one = dead.back();
    dead.pop_back();
    delete one;
  }
  pile = nullptr;
}

StoredRef ObjectStore::find(std::uint64_t id) const {
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(id);
  return found == objects_.end() ? nullptr : found->second.lock();
}

std::size_t ObjectStore::size() const {
  const std::lock_guard lock(mutex_);
  return objects_.size();
}

std::uint64_t ObjectStore::deposit(StoredRef object, std::uint64_t session) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t ticket = next_number();
  deposits_.emplace(ticket, Deposit{std::move(object), session});
  return ticket;
}

StoredRef ObjectStore::claim(std::uint64_t ticket) {
  const std::lock_guard lock(mutex_);
  const auto found = deposits_.find(ticket);
  if (found == deposits_.end()) return nullptr;
  StoredRef object = std::move(found->second.object);
  deposits_.erase(found);
  return object;
}

void ObjectStore::give_up_deposits(std::uint64_t session) {
  std::vector<StoredRef> given_up;  // goes without the lock
  const std::lock_guard lock(mutex_);
  for (auto at = deposits_.begin(); at != deposits_.end();) {
    if (at->second.session == session) {
      given_up.push_back(std::move(at->second.object));
      at = deposits_.erase(at);
    } else {
      ++at;
    }
  }
}

}  // namespace penstock::sync
