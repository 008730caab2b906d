// Shared objects as a part of values that pass between processes.
#include <mutex>
#include <penstock/barrier.hpp>
#include <penstock/condition.hpp>
#include <penstock/event.hpp>
#include <penstock/fields.hpp>
#include <penstock/mutex.hpp>
#include <penstock/semaphore.hpp>
#include <penstock/wire.hpp>

#include "catch.hpp"
#include "sync/table.hpp"

namespace {

struct Tools {
  penstock::Mutex mutex;
  penstock::RecursiveMutex recursive;
  penstock::Semaphore semaphore;
  penstock::BoundedSemaphore bounded;
  penstock::Condition condition;
  penstock::Event event;
  penstock::Barrier barrier;
};
PENSTOCK_FIELDS(Tools, mutex, recursive, semaphore, bounded, condition, event, barrier)

}  // namespace

namespace penstock::sync {
namespace {

// What the value names comes along, as it does with a call.
template <class T>
T passed(const T& value) {
  std::string message;
  std::vector<ObjectRef> mentioned;
  {
    Mentions mentions;
    std::string scratch;
    sdk::Wire<T>::encode(value, scratch, [&](Bytes bytes) {
      message.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    });
    mentioned = mentions.take();
  }
  for (const ObjectRef& object : mentioned) {
    std::vector<UniqueFd> descriptors;
    for (const int fd : object->descriptors()) descriptors.push_back(duplicate(fd).value());
    Received::put(open_object(object->kind(), object->id(), std::move(descriptors)).value());
  }
  T result = sdk::Wire<T>::decode(as_bytes(message));
  for (const ObjectRef& object : mentioned) Received::forget(object->id());
  return result;
}

TEST_CASE("all objects that one waits for can be passed, and stay what they are") {
  Tools tools;
  tools.barrier = penstock::Barrier(2);
  const Tools other = passed(tools);
  const std::lock_guard held(tools.mutex);
  CHECK_FALSE(other.mutex.try_lock());
  const std::lock_guard also(tools.condition);
  CHECK_FALSE(other.condition.wait(std::chrono::seconds(0)));
  tools.semaphore.acquire();
  CHECK(other.semaphore.value() == 0);
  CHECK(other.bounded.value() == 1);
  tools.event.set();
  CHECK(other.event.is_set());
  tools.barrier.abort();
  CHECK(other.barrier.broken());
  CHECK(other.recursive == tools.recursive);
}

TEST_CASE("on an edge a shared object is of its kind") {
  CHECK(sdk::Wire<penstock::Mutex>::type() == "record{shared_mutex:int}");
  CHECK(sdk::Wire<penstock::Event>::type() == "record{shared_event:int}");
}

TEST_CASE("an object that did not come, and one that is none, are told") {
  const penstock::Mutex mutex;
  std::string message;
  std::string scratch;
  {
    const Mentions mentions;
    sdk::Wire<penstock::Mutex>::encode(mutex, scratch, [&](Bytes bytes) {
      message.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    });
  }
  CHECK_THROWS_WITH(sdk::Wire<penstock::Mutex>::decode(as_bytes(message)),
                    "the shared object that this value names is not known here");
  CHECK_THROWS_WITH(penstock::Barrier().wait(), "a shared object is used that is none");
  CHECK_THROWS_AS(penstock::Mutex::named("nobody"), SyncError);
  message.resize(message.size() - 1);
  CHECK_THROWS_WITH(sdk::Wire<penstock::Mutex>::decode(as_bytes(message)),
                    "a value is damaged: it ends too early");
}

TEST_CASE(
    "an object of another kind than the value is to name is told, and one that goes nowhere") {
  const penstock::Mutex mutex;
  Received::put(mutex.handle()->object);
  std::string message;
  CborWriter out(message);
  out.map(1);
  out.text("shared_event");
  out.integer(static_cast<std::int64_t>(mutex.id()));
  CHECK_THROWS_WITH(sdk::Wire<penstock::Event>::decode(as_bytes(message)),
                    "the shared object that this value names is of another kind");
  Received::forget(mutex.id());
  CHECK_THROWS_WITH(penstock::Event::named("nobody"), "shared object \"nobody\" is not known here");
  std::string nowhere;
  CborWriter to_nowhere(nowhere);
  CHECK_THROWS_AS(sdk::Codec<penstock::Mutex>::write(to_nowhere, mutex), SyncError);
}

}  // namespace
}  // namespace penstock::sync
