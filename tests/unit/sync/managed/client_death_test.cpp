// What a client's process held is given back when it is killed.
#include <string>
#include <vector>

#include "../forked.hpp"
#include "catch.hpp"
#include "server_rig.hpp"

namespace penstock::sync {
namespace {

using namespace std::chrono_literals;

// Does something with the manager and then only lives, until it is killed.
template <class Body>
Forked busy_client(const ServerProcess& server, const Manager& manager, Body body) {
  const managed::Event ready = manager.event();
  manager.names().set("ready", ready);
  Forked client([&] {
    const Manager own = Manager::connect(server.address());
    body(own);
    own.names().get<managed::Event>("ready").set();
    for (;;) ::pause();
    return true;
  });
  REQUIRE(ready.wait(60s));
  return client;
}

TEST_CASE("a killed client lets go of its objects") {
  const ServerProcess server;
  const Manager manager = server.manager();
  manager.names().set("kept", manager.name_space());
  const std::size_t before = manager.object_count();
  Forked client = busy_client(server, manager, [](const Manager& own) {
    static std::vector<List<int>> lists;
    for (int i = 0; i != 10; ++i) lists.push_back(own.list<int>());
    own.names().get<Namespace>("kept").set("list", lists[0]);
  });
  CHECK(manager.object_count() > before + 9);
  client.kill();
  manager.names().erase("ready");
  CHECK(eventually([&] { return manager.object_count() == before + 1; }));
  CHECK(manager.names().get<Namespace>("kept").get<List<int>>("list").empty());
}

TEST_CASE("a killed client's mutex goes to the next one, who can ask") {
  const ServerProcess server;
  const Manager manager = server.manager();
  const managed::Mutex mutex = manager.mutex();
  manager.names().set("mutex", mutex);
  Forked client = busy_client(
      server, manager, [](const Manager& own) { own.names().get<managed::Mutex>("mutex").lock(); });
  CHECK_FALSE(mutex.try_lock());
  client.kill();
  REQUIRE(mutex.try_lock_for(60s));
  CHECK(mutex.abandoned());
  mutex.unlock();
  mutex.lock();
  CHECK_FALSE(mutex.abandoned());
  mutex.unlock();
}

TEST_CASE("a killed client's permits are free again") {
  const ServerProcess server;
  const Manager manager = server.manager();
  const managed::Semaphore semaphore = manager.bounded_semaphore(2);
  manager.names().set("semaphore", semaphore);
  Forked client = busy_client(server, manager, [](const Manager& own) {
    const auto mine = own.names().get<managed::Semaphore>("semaphore");
    mine.acquire();
    mine.acquire();
  });
  CHECK_FALSE(semaphore.try_acquire());
  client.kill();
  REQUIRE(semaphore.try_acquire_for(60s));
  semaphore.release();
  CHECK(eventually([&] { return semaphore.value() == 2; }));
}

TEST_CASE("a client that is killed while it waits takes nothing with it") {
  const ServerProcess server;
  const Manager manager = server.manager();
  const managed::Queue<int> queue = manager.queue<int>();
  manager.names().set("queue", queue);
  for (int round = 0; round != 20; ++round) {
    Forked client = busy_client(server, manager, [](const Manager& own) {
      const auto mine = own.names().get<managed::Queue<int>>("queue");
      std::thread([mine] { mine.get(); }).detach();
    });
    client.kill();
    queue.put(round);
    CHECK(queue.get(60s) == round);
    CHECK(queue.empty());
  }
}

TEST_CASE("values that a killed client had taken count as done, and as abandoned") {
  const ServerProcess server;
  const Manager manager = server.manager();
  const auto queue = manager.joinable_queue<int>();
  manager.names().set("queue", queue);
  for (int i = 0; i != 3; ++i) queue.put(i);
  Forked client = busy_client(server, manager, [](const Manager& own) {
    const auto mine = own.names().get<managed::JoinableQueue<int>>("queue");
    mine.get();
    mine.task_done();
    mine.get();
    mine.size();  // shows that the value was read
  });
  CHECK_FALSE(queue.join(1ms));
  CHECK(queue.get() == 2);
  queue.task_done();
  client.kill();
  CHECK(queue.join(60s));
  CHECK(queue.abandoned() == 1);
}

TEST_CASE("a barrier that a killed client waits at is broken") {
  const ServerProcess server;
  const Manager manager = server.manager();
  const managed::Barrier barrier = manager.barrier(2);
  manager.names().set("barrier", barrier);
  Forked client = busy_client(server, manager, [](const Manager& own) {
    const auto mine = own.names().get<managed::Barrier>("barrier");
    std::thread([mine] { mine.wait(); }).detach();
    eventually([&] { return mine.n_waiting() == 1; });
  });
  CHECK(barrier.n_waiting() == 1);
  client.kill();
  CHECK(eventually([&] { return barrier.broken(); }));
  CHECK_THROWS_AS(barrier.wait(60s), managed::BrokenBarrier);
}

TEST_CASE("a notification to a killed client goes to another one") {
  const ServerProcess server;
  const Manager manager = server.manager();
  const managed::Condition condition = manager.condition();
  manager.names().set("condition", condition);
  Forked client = busy_client(server, manager, [](const Manager& own) {
    const auto mine = own.names().get<managed::Condition>("condition");
    std::thread([mine] {
      mine.lock();
      mine.wait();
    }).detach();
    mine.lock();
    mine.unlock();
  });
  client.kill();
  std::thread waiting([&] {
    const std::lock_guard lock(condition);
    CHECK(condition.wait(60s));
  });
  std::atomic<bool> done{false};
  std::thread notifying([&] {
    while (!done) {
      const std::lock_guard lock(condition);
      condition.notify();
    }
  });
  waiting.join();
  done = true;
  notifying.join();
}

TEST_CASE("clients that are killed at any moment leave a whole server behind") {
  const ServerProcess server;
  const Manager manager = server.manager();
  const auto counts = manager.dict<std::string, std::int64_t>();
  const managed::Mutex mutex = manager.mutex();
  manager.names().set("counts", counts);
  manager.names().set("mutex", mutex);
  for (int round = 0; round != 60; ++round) {
    Forked client([&] {
      const Manager own = Manager::connect(server.address());
      const auto mine = own.names().get<Dict<std::string, std::int64_t>>("counts");
      const auto lock = own.names().get<managed::Mutex>("mutex");
      for (;;) {
        const std::lock_guard held(lock);
        mine["made"] += 1;
        mine["text"] = static_cast<std::int64_t>(own.list<int>({1, 2, 3}).size());
      }
      return true;
    });
    const std::int64_t before = counts.get("made", 0);
    REQUIRE(eventually([&] { return counts.get("made", 0) > before + round; }));
    client.kill();
    REQUIRE(mutex.try_lock_for(60s));
    mutex.unlock();
  }
  CHECK(eventually([&] { return manager.object_count() == 3; }));  // these two and the names
}

}  // namespace
}  // namespace penstock::sync
