#include "penstock/managed/mutex.hpp"

#include <mutex>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "server_rig.hpp"

namespace penstock::sync {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a mutex is held by one thread at a time") {
  const ServerThread server;
  const Manager manager = server.manager();
  const managed::Mutex mutex = manager.mutex();
  const auto count = manager.value<int>();
  std::vector<std::thread> threads;
  for (int i = 0; i != 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n != 100; ++n) {
        const std::lock_guard lock(mutex);
        count.set(count.get() + 1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(count.get() == 400);
}

TEST_CASE("the locks of the standard library work with it") {
  const ServerThread server;
  const Manager manager = server.manager();
  const managed::Mutex one = manager.mutex();
  const managed::Mutex other = manager.mutex();
  {
    const std::scoped_lock both(one, other);
    std::thread([&] {
      CHECK_FALSE(one.try_lock());
      CHECK_FALSE(one.try_lock_for(1ms));
      CHECK_FALSE(other.try_lock_until(std::chrono::system_clock::now() + 1ms));
    }).join();
  }
  const std::unique_lock lock(one, std::try_to_lock);
  CHECK(lock.owns_lock());
}

TEST_CASE("what a mutex is misused for is said") {
  const ServerThread server;
  const Manager manager = server.manager();
  const managed::Mutex mutex = manager.mutex();
  CHECK_THROWS_WITH(mutex.unlock(), "manager: a thread unlocks a mutex that it does not hold");
  mutex.lock();
  CHECK_THROWS_WITH(mutex.lock(),
                    "manager: this thread holds the mutex already, and would wait for itself");
  std::thread([&] { CHECK_THROWS_AS(mutex.unlock(), ManagerError); }).join();
  mutex.unlock();
  CHECK_THROWS_AS(mutex.unlock(), ManagerError);
}

TEST_CASE("a recursive mutex is unlocked as often as it was locked") {
  const ServerThread server;
  const Manager manager = server.manager();
  const managed::RecursiveMutex mutex = manager.recursive_mutex();
  for (int i = 0; i != 3; ++i) mutex.lock();
  for (int i = 0; i != 3; ++i) {
    std::thread([&] { CHECK_FALSE(mutex.try_lock()); }).join();
    mutex.unlock();
  }
  std::thread([&] {
    CHECK(mutex.try_lock());
    mutex.unlock();
  }).join();
  CHECK_THROWS_AS(mutex.unlock(), ManagerError);
}

TEST_CASE("a condition wakes as many as are told to") {
  const ServerThread server;
  const Manager manager = server.manager();
  const managed::Condition condition = manager.condition(manager.mutex());
  const auto asleep = manager.value<int>();
  const auto awake = manager.value<int>();
  std::vector<std::thread> threads;
  for (int i = 0; i != 5; ++i) {
    threads.emplace_back([&] {
      const std::lock_guard lock(condition);
      asleep += 1;
      condition.wait();
      awake += 1;
    });
  }
  const auto settled = [&](int wanted) {
    return eventually([&] {
      const std::lock_guard lock(condition);  // who waits has let go of it
      return asleep.get() == 5 && awake.get() == wanted;
    });
  };
  CHECK(settled(0));
  for (const int wanted : {1, 3}) {
    condition.lock();
    condition.notify(wanted == 1 ? 1 : 2);
    condition.unlock();
    CHECK(settled(wanted));
  }
  condition.lock();
  condition.notify_all();
  condition.unlock();
  CHECK(settled(5));
  for (std::thread& thread : threads) thread.join();
}

TEST_CASE("a condition is waited at for so long, and until something is so") {
  const ServerThread server;
  const Manager manager = server.manager();
  const managed::Condition condition = manager.condition();
  const auto state = manager.value<int>();
  const std::lock_guard lock(condition);
  CHECK_FALSE(condition.wait(1ms));
  CHECK_FALSE(condition.wait_for([&] { return state.get() == 1; }, 5ms));
  std::thread other([&] {
    for (int i = 0; i != 4; ++i) {
      const std::lock_guard mine(condition);
      state += 1;
      condition.notify();
    }
  });
  condition.wait_for([&] { return state.get() == 4; });
  CHECK(condition.wait_for([&] { return state.get() == 4; }, 60s));
  other.join();
}

TEST_CASE("a condition gives back a recursive mutex as it was taken") {
  const ServerThread server;
  const Manager manager = server.manager();
  const managed::Condition condition = manager.condition();
  condition.lock();
  condition.lock();
  CHECK_FALSE(condition.wait(1ms));
  condition.unlock();
  std::thread([&] { CHECK_FALSE(condition.try_lock()); }).join();
  condition.unlock();
  CHECK_THROWS_WITH(condition.wait(1ms),
                    "manager: a thread waits without the mutex of the condition");
  CHECK_THROWS_WITH(condition.notify(),
                    "manager: a thread notifies without the mutex of the condition");
}

}  // namespace
}  // namespace penstock::sync
