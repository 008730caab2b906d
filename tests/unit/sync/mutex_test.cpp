// The cases of CPython's _TestLock, those of the standard's Lockable, and deaths.
#include "sync/mutex.hpp"

#include <mutex>
#include <penstock/mutex.hpp>
#include <thread>

#include "catch.hpp"
#include "crew.hpp"
#include "forked.hpp"
#include "sync/table.hpp"

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
