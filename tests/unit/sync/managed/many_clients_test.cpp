// A hundred clients at a time.
#include <atomic>
#include <thread>
#include <vector>

#include "../forked.hpp"
#include "catch.hpp"
#include "server_rig.hpp"

namespace penstock::sync {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a hundred processes work with one server, and nothing gets lost") {
  const ServerProcess server;
  const Manager manager = server.manager();
  const auto counts = manager.dict<std::string, int>();
  const List<int> list = manager.list<int>();
  const managed::Barrier start = manager.barrier(101);
  std::vector<Forked> clients;
  clients.reserve(100);
  for (int i = 0; i != 100; ++i) {
    clients.emplace_back([&, i] {
      start.wait();
      for (int n = 0; n != 20; ++n) counts["all"] += 1;
      list.append(i);
      return true;
    });
  }
  start.wait();
  for (Forked& client : clients) CHECK(client.join());
  CHECK(counts["all"] == 2000);
  list.sort();
  CHECK(list.size() == 100);
  CHECK(list[0] == 0);
  CHECK(list[-1] == 99);
  CHECK(eventually([&] { return manager.object_count() == 4; }));
}

TEST_CASE("a hundred requests that wait hold up no other") {
  const ServerThread server;
  const Manager manager = server.manager();
  const managed::Event event = manager.event();
  const managed::Mutex mutex = manager.mutex();
  const List<int> list = manager.list<int>();
  mutex.lock();
  std::vector<std::thread> threads;
  std::atomic<int> passed{0};
  for (int i = 0; i != 50; ++i) {
    threads.emplace_back([&] {
      event.wait();
      ++passed;
    });
    threads.emplace_back([&] {
      const std::lock_guard lock(mutex);
      ++passed;
    });
  }
  for (int i = 0; i != 100; ++i) list.append(i);
  CHECK(list.size() == 100);
  CHECK(passed == 0);
  event.set();
  mutex.unlock();
  for (std::thread& thread : threads) thread.join();
  CHECK(passed == 100);
}

}  // namespace
}  // namespace penstock::sync
