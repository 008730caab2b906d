#include "sync/object.hpp"

#include <sys/random.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>

#include "sync/barrier.hpp"
#include "sync/condition.hpp"
#include "sync/connection.hpp"
#include "sync/event.hpp"
#include "sync/map.hpp"
#include "sync/memory.hpp"
#include "sync/mutex.hpp"
#include "sync/queue.hpp"
#include "sync/semaphore.hpp"

namespace penstock::sync {
namespace {

thread_local Mentions* innermost = nullptr;

template <class Ref>
struct ById {
  std::mutex mutex;
  std::unordered_map<std::uint64_t, Ref> objects;
};

// None of these is ever destroyed: objects with static storage may outlive anything here.
ById<std::weak_ptr<Object>>& known() {
  static auto& all = *new ById<std::weak_ptr<Object>>;
  return all;
}

struct Arrivals : ById<ObjectRef> {
  std::atomic<void (*)(std::uint64_t id)> look = nullptr;
};

Arrivals& arrivals() {
  static auto& all = *new Arrivals;
  return all;
}

ObjectRef arrived(std::uint64_t id) {
  const std::lock_guard lock(arrivals().mutex);
  const auto found = arrivals().objects.find(id);
  return found == arrivals().objects.end() ? nullptr : found->second;
}

struct Names {
  std::mutex mutex;
  std::map<std::string, ObjectRef, std::less<>> objects;
};

Names& names() {
  static auto& all = *new Names;
  return all;
}

Result<ObjectRef> open_new(Kind kind, std::uint64_t id, std::vector<UniqueFd> descriptors) {
  switch (kind) {
    case Kind::mutex:
    case Kind::recursive_mutex:
      return Mutex::open(kind, id, std::move(descriptors));

    case Kind::semaphore:
    case Kind::bounded_semaphore:
      return Semaphore::open(kind, id, std::move(descriptors));

    case Kind::condition:
      return Condition::open(id, std::move(descriptors));

    case Kind::event:
      return Event::open(id, std::move(descriptors));

    case Kind::barrier:
      return Barrier::open(id, std::move(descriptors));

    case Kind::memory:
      return Memory::open(id, std::move(descriptors));

    case Kind::map:
      return Map::open(id, std::move(descriptors));

    case Kind::queue:
      return Queue::open(id, std::move(descriptors));

    case Kind::connection:
      return Connection::open(id, std::move(descriptors));

    default:
      break;
  }
  return Error(Status::gave_up, "a shared object of a kind that this version does not have: " +
                                    std::to_string(static_cast<std::uint32_t>(kind)));
}

}  // namespace

std::uint64_t new_object_id() {
  std::uint64_t id = 0;
  while (id == 0) {  // std::random_device took 50 us, where a virtual machine answers for rdrand
    if (::getrandom(&id, sizeof id, 0) != sizeof id) id = 0;
  }
  return id;
}

Object::~Object() {
  const std::lock_guard lock(known().mutex);
  const auto found = known().objects.find(id_);
  if (found != known().objects.end() && found->second.expired()) known().objects.erase(found);
}

ObjectRef known_object(std::uint64_t id) {
  const std::lock_guard lock(known().mutex);
  const auto found = known().objects.find(id);
  return found == known().objects.end() ? nullptr : found->second.lock();
}

ObjectRef make_known(ObjectRef object) {
  const std::lock_guard lock(known().mutex);
  std::weak_ptr<Object>& place = known().objects[object->id()];
  if (ObjectRef here = place.lock()) return here;
  place = object;
  return object;
}

bool bury_everywhere(Party dead) {
  std::vector<ObjectRef> all;
  {
    const std::lock_guard lock(known().mutex);
    for (const auto& [id, object] : known().objects) {
      if (ObjectRef here = object.lock()) all.push_back(std::move(here));
    }
  }
  bool buried = true;
  for (const ObjectRef& object : all) buried = object->bury(dead) && buried;
  return buried;
}

Result<ObjectRef> open_object(Kind kind, std::uint64_t id, std::vector<UniqueFd> descriptors) {
  if (ObjectRef here = known_object(id); here != nullptr && here->kind() == kind) return here;
  auto opened = open_new(kind, id, std::move(descriptors));
  if (!opened || kind == Kind::connection) return opened;
  return make_known(*std::move(opened));
}

Mentions::Mentions() : outer_(innermost) {
  innermost = this;
}

Mentions::~Mentions() {
  innermost = outer_;
}

bool Mentions::add(const ObjectRef& object) {
  if (innermost == nullptr) return false;
  std::vector<ObjectRef>& objects = innermost->objects_;
  if (std::find(objects.begin(), objects.end(), object) == objects.end()) {
    objects.push_back(object);
  }
  return true;
}

void Received::put(ObjectRef object) {
  const std::lock_guard lock(arrivals().mutex);
  const std::uint64_t id = object->id();
  arrivals().objects[id] = std::move(object);
}

void Received::forget(std::uint64_t id) {
  const std::lock_guard lock(arrivals().mutex);
  arrivals().objects.erase(id);
}

bool Received::has(std::uint64_t id) {
  return arrived(id) != nullptr;
}

ObjectRef Received::find(std::uint64_t id) {
  ObjectRef object = arrived(id);
  const auto fetch = arrivals().look.load();
  if (object != nullptr || fetch == nullptr) return object;
  fetch(id);
  return arrived(id);
}

void Received::on_missing(void (*look)(std::uint64_t id)) {
  arrivals().look.store(look);
}

void Named::put(std::string name, ObjectRef object) {
  const std::lock_guard lock(names().mutex);
  names().objects[std::move(name)] = std::move(object);
}

ObjectRef Named::find(std::string_view name) {
  const std::lock_guard lock(names().mutex);
  const auto found = names().objects.find(name);
  return found == names().objects.end() ? nullptr : found->second;
}

}  // namespace penstock::sync
