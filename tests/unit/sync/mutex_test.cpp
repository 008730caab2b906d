// The cases of CPython's _TestLock, those of the standard's Lockable, and deaths.
#include "sync/mutex.hpp"

#include <cerrno>
#include <mutex>
#include <penstock/condition.hpp>
#include <penstock/mutex.hpp>
#include <penstock/shared_map.hpp>
#include <thread>

#include "catch.hpp"
#include "comes_true.hpp"
#include "crew.hpp"
#include "damaged.hpp"
#include "forked.hpp"
#include "sync/condition.hpp"
#include "sync/table.hpp"
#include "throws_on_thread.hpp"

namespace penstock::sync {
namespace {

using namespace std::chrono_literals;

Object& object_of(const sdk::Object& handle) {
  return *handle.handle()->object;
}

// What another process makes of the same mutex, at another address.
std::shared_ptr<Mutex> opened(const sdk::Object& handle) {
  std::vector<UniqueFd> descriptors;
  for (const int fd : object_of(handle).descriptors()) {
    descriptors.push_back(duplicate(fd).value());
  }
  const Object& object = object_of(handle);
  return std::static_pointer_cast<Mutex>(
      Mutex::open(object.kind(), object.id(), std::move(descriptors)).value());
}

template <class Body>
void in_thread(Body body) {
  std::thread(body).join();
}

TEST_CASE("a mutex is had once, and given back once") {
  const penstock::Mutex mutex;
  mutex.lock();
  CHECK_FALSE(mutex.try_lock());
  mutex.unlock();
  CHECK_THROWS_WITH(mutex.unlock(), "this thread does not hold the mutex");
}

TEST_CASE("a recursive mutex is free when it was given back as often as it was taken") {
  const penstock::RecursiveMutex mutex;
  for (int i = 0; i < 3; ++i) mutex.lock();
  for (int i = 0; i < 3; ++i) {
    in_thread([&] { CHECK_FALSE(mutex.try_lock()); });
    mutex.unlock();
  }
  in_thread([&] {
    CHECK(mutex.try_lock());
    mutex.unlock();
  });
  CHECK_THROWS_WITH(mutex.unlock(), "this thread does not hold the mutex");
}

TEST_CASE("the locks of the standard library take it") {
  penstock::Mutex mutex;
  penstock::RecursiveMutex other;
  const auto is_taken = [&](const auto& one) {
    bool taken = false;
    in_thread([&] {
      taken = !one.try_lock();
      if (!taken) one.unlock();
    });
    return taken;
  };
  {
    const std::lock_guard held(mutex);
    CHECK(is_taken(mutex));
  }
  {
    const std::scoped_lock held(mutex, other);
    CHECK(is_taken(mutex));
    CHECK(is_taken(other));
  }
  {
    std::unique_lock held(mutex, 1s);
    CHECK(held.owns_lock());
    held.unlock();
    CHECK(held.try_lock_for(std::chrono::duration<double>(0.5)));
    held.unlock();
    CHECK(held.try_lock_until(std::chrono::system_clock::now() + 1h));
  }
  CHECK_FALSE(is_taken(mutex));
}

TEST_CASE("a time-out ends the wait for a mutex, and not before its time") {
  const penstock::Mutex mutex;
  const std::lock_guard held(mutex);
  in_thread([&] {
    const auto begun = std::chrono::steady_clock::now();
    CHECK_FALSE(mutex.try_lock_for(20ms));
    CHECK(std::chrono::steady_clock::now() - begun >= 20ms);
    CHECK_FALSE(mutex.try_lock_for(-1s));
    CHECK_FALSE(mutex.try_lock_until(std::chrono::steady_clock::now() + 1ms));
  });
}

TEST_CASE("who waits for what it has itself is told so") {
  const penstock::Mutex mutex;
  const std::lock_guard held(mutex);
  CHECK_THROWS_WITH(mutex.lock(), "this thread holds the mutex already: it would wait for itself");
  CHECK_THROWS_AS(mutex.try_lock_for(1h), SyncError);
}

TEST_CASE("nobody gives back what another has") {
  const penstock::Mutex mutex;
  const std::lock_guard held(mutex);
  in_thread([&] { CHECK_THROWS_AS(mutex.unlock(), SyncError); });
  Forked other([&] {
    try {
      mutex.unlock();
    } catch (const SyncError&) {
      return !mutex.try_lock();
    }
    return false;
  });
  CHECK(other.join());
}

TEST_CASE("processes have a mutex one at a time") {
  const penstock::Mutex mutex;
  SharedTable<std::uint64_t> count(1);
  std::vector<Forked> all;
  for (int i = 0; i < 4; ++i) {
    all.emplace_back([&] {
      const auto mine = opened(mutex);
      for (int n = 0; n < 5000; ++n) {
        if (!mine->lock(kForever).value()) return false;
        ++count[0];
        mine->unlock().value();
      }
      return true;
    });
  }
  for (Forked& one : all) CHECK(one.join());
  CHECK(count[0] == 20'000);
}

TEST_CASE("the death of who has a mutex hands it on, and the next one is told") {
  const penstock::Mutex mutex;
  SharedTable<std::atomic<bool>> taken(1);
  Forked holder([&] {
    mutex.lock();
    taken[0] = true;
    ::pause();
    return true;
  });
  while (!taken[0]) std::this_thread::yield();
  std::thread waiter([&] {
    mutex.lock();  // nobody buries
    CHECK(mutex.abandoned());
    mutex.unlock();
  });
  holder.kill();
  waiter.join();
  const std::lock_guard held(mutex);
  CHECK_FALSE(mutex.abandoned());
}

TEST_CASE("a recursive mutex says so until it is free again") {
  const penstock::RecursiveMutex mutex;
  Forked holder([&] {
    mutex.lock();
    mutex.lock();
    return true;
  });
  CHECK(holder.join());
  mutex.lock();
  mutex.lock();
  CHECK(mutex.abandoned());
  mutex.unlock();
  CHECK(mutex.abandoned());
  mutex.unlock();
  mutex.lock();
  CHECK_FALSE(mutex.abandoned());
  mutex.unlock();
  CHECK_THROWS_AS(mutex.abandoned(), SyncError);
}

TEST_CASE("a thread that ends with a mutex leaves it to the next") {
  const penstock::Mutex mutex;
  in_thread([&] { mutex.lock(); });
  mutex.lock();
  CHECK(mutex.abandoned());
  mutex.unlock();
}

TEST_CASE("the last handle gives back what its thread has") {
  penstock::Mutex mutex;
  const auto elsewhere = opened(mutex);
  mutex.lock();
  mutex = penstock::Mutex();
  CHECK(elsewhere->lock(0).value());
  CHECK_FALSE(elsewhere->abandoned().value());
  CHECK(elsewhere->unlock().has_value());
}

// The C library would follow its list of this thread's mutexes into memory that is gone.
TEST_CASE("the last handle may go while another thread has the mutex") {
  auto mutex = std::make_unique<penstock::Mutex>();
  std::atomic<int> step = 0;
  std::thread holder([&] {
    mutex->lock();
    step = 1;
    while (step != 2) std::this_thread::yield();
    const penstock::Mutex other;
    other.lock();
    other.unlock();
  });
  while (step != 1) std::this_thread::yield();
  const auto elsewhere = opened(*mutex);
  mutex.reset();
  step = 2;
  holder.join();
  CHECK(elsewhere->lock(kForever).value());
  CHECK(elsewhere->abandoned().value());
  CHECK(elsewhere->unlock().has_value());
}

// Takes it after a death, and gives it back without having said that it is whole: to the C library
// it is lost for ever. It says so once; from then on it may take it for the caller's.
void ruin(pthread_mutex_t& mutex) {
  in_thread([&] { ::pthread_mutex_lock(&mutex); });
  REQUIRE(::pthread_mutex_lock(&mutex) == EOWNERDEAD);
  ::pthread_mutex_unlock(&mutex);
}

TEST_CASE("who wants a mutex that a holder has ruined is told", "[no-sanitizer]") {
  const std::string lost = "the mutex cannot be taken: " + errno_text(ENOTRECOVERABLE);
  const penstock::Mutex mutex;
  const Region of_mutex = seen_by_another(object_of(mutex));
  ruin(of_mutex.as<RobustMutexState>().mutex);
  CHECK_THROWS_WITH(mutex.lock(), lost);

  const penstock::SharedMap<int> map;
  map.set("a", 1);
  const Region of_map = seen_by_another(object_of(map));
  ruin(of_map.as<RobustMutexState>().mutex);
  CHECK_THROWS_WITH(map.get("a"), lost);
}

TEST_CASE("who waits at a condition while a holder ruins its mutex is told", "[no-sanitizer]") {
  const penstock::Condition condition;
  const auto native = static_cast<Condition&>(object_of(condition)).mutex();
  const Region region = seen_by_another(*native);
  std::atomic<bool> waits = false;
  auto waiting = throws_on_thread<SyncError>([&] {
    condition.lock();
    waits = true;
    condition.wait();
  });
  REQUIRE(comes_true([&] { return waits.load(); }));
  condition.lock();
  condition.unlock();
  ruin(region.as<RobustMutexState>().mutex);
  condition.notify();
  CHECK(waiting.get());
}

TEST_CASE("who is made out to have a mutex cannot give it back", "[no-sanitizer]") {
  const penstock::Mutex mutex;
  const Region region = seen_by_another(object_of(mutex));
  auto& state = region.as<RobustMutexState>();
  mutex.lock();
  const std::uint64_t self = state.owner.load();
  mutex.unlock();
  state.owner.store(self);
  state.depth = 1;
  CHECK_THROWS_WITH(mutex.unlock(), "the mutex cannot be given back: " + errno_text(EPERM));
  CHECK(mutex.try_lock());
  mutex.unlock();
}

TEST_CASE("a thousand kills leave a mutex free, and no two had it", "[no-sanitizer]") {
  const penstock::Mutex mutex;
  SharedTable<Tally> tally(1);
  const auto work = [&](Tally& shared) {
    mutex.lock();
    const std::uint64_t before = shared.value;
    shared.value = before + 1;
    const bool alone = shared.value == before + 1;
    mutex.unlock();
    return alone;
  };
  CHECK(survives_kills(4, 1000, object_of(mutex), tally[0], work));
  CHECK(mutex.try_lock());
  CHECK(tally[0].value >= tally[0].progress);
  CHECK(tally[0].value <= tally[0].progress + 1000);
  mutex.unlock();
}

}  // namespace
}  // namespace penstock::sync
