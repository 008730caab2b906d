#include "penstock/managed/queue.hpp"

#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "server_rig.hpp"
#include "throws_on_thread.hpp"

namespace penstock::sync {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a queue gives what it is given, in order") {
  const ServerThread server;
  const managed::Queue<int> queue = server.manager().queue<int>(2);
  CHECK(queue.empty());
  queue.put(5);
  CHECK(queue.put(6, 1ms));
  CHECK(queue.size() == 2);
  CHECK(queue.full());
  CHECK_FALSE(queue.try_put(7));
  CHECK_FALSE(queue.put(7, 1ms));
  CHECK(queue.get() == 5);
  CHECK(queue.get(1ms) == 6);
  CHECK(queue.try_get() == std::nullopt);
  CHECK(queue.get(1ms) == std::nullopt);
  CHECK(queue.maxsize() == 2);
  CHECK_FALSE(queue.full());
}

TEST_CASE("any number of threads put and get, and each value comes once") {
  const ServerThread server;
  const Manager manager = server.manager();
  const managed::Queue<int> queue = manager.queue<int>(GENERATE(0, 3));
  const List<int> taken = manager.list<int>();
  std::vector<std::thread> threads;
  for (int i = 0; i != 3; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n != 100; ++n) queue.put(100 * i + n);
    });
  }
  std::vector<std::thread> takers;
  for (int i = 0; i != 3; ++i) {
    takers.emplace_back([&] {
      for (const int value : queue) taken.append(value);
    });
  }
  for (std::thread& thread : threads) thread.join();
  queue.close();
  for (std::thread& taker : takers) taker.join();
  taken.sort();
  std::vector<int> all(300);
  for (int i = 0; i != 300; ++i) all[static_cast<std::size_t>(i)] = i;
  CHECK(taken.copy() == all);
}

TEST_CASE("a closed queue takes nothing and gives what it has") {
  const ServerThread server;
  const managed::Queue<int> queue = server.manager().queue<int>(1);
  queue.put(1);
  std::thread giver([&] { CHECK_THROWS_AS(queue.put(2), managed::Closed); });
  queue.close();
  giver.join();
  CHECK(queue.closed());
  CHECK_THROWS_WITH(queue.put(3), "manager: the queue is closed");
  CHECK(queue.get() == 1);
  CHECK_THROWS_AS(queue.get(), managed::Closed);
  CHECK_THROWS_AS(queue.try_get(), managed::Closed);
}

TEST_CASE("closing wakes whoever waits") {
  const ServerThread server;
  const managed::Queue<int> queue = server.manager().queue<int>();
  std::vector<std::future<bool>> takers;
  for (int i = 0; i != 3; ++i) {
    takers.push_back(throws_on_thread<managed::Closed>([&] { queue.get(); }));
  }
  queue.close();
  for (std::future<bool>& taker : takers) CHECK(taker.get());
}

TEST_CASE("a joinable queue waits for what was taken to be done") {
  const ServerThread server;
  const auto queue = server.manager().joinable_queue<int>();
  queue.join();
  for (int i = 0; i != 10; ++i) queue.put(i);
  CHECK_FALSE(queue.join(1ms));
  std::thread worker([&] {
    for (int i = 0; i != 10; ++i) {
      CHECK(queue.get() == i);
      queue.task_done();
    }
  });
  queue.join();
  worker.join();
  CHECK(queue.abandoned() == 0);
  CHECK_THROWS_WITH(queue.task_done(),
                    "manager: task_done was called more often than values were taken");
}

TEST_CASE("values of a queue may be proxies, which the queue keeps alive") {
  const ServerThread server;
  const Manager manager = server.manager();
  const auto queue = manager.queue<List<std::string>>();
  queue.put(manager.list<std::string>({"a", "b"}));
  CHECK(queue.get().copy() == std::vector<std::string>{"a", "b"});
}

}  // namespace
}  // namespace penstock::sync
