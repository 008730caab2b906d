// The server's death is an error in all clients, at once.
#include <atomic>
#include <thread>
#include <vector>

#include "../forked.hpp"
#include "catch.hpp"
#include "server_rig.hpp"
#include "throws_on_thread.hpp"

namespace penstock::sync {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a killed server is an error in every request, also in those that wait") {
  ServerProcess server;
  const Manager manager = server.manager();
  const List<int> list = manager.list<int>({1});
  const managed::Queue<int> queue = manager.queue<int>();
  const managed::Mutex mutex = manager.mutex();
  const managed::Event event = manager.event();
  const managed::Barrier barrier = manager.barrier(4);
  mutex.lock();
  // Whoever has no connection yet hears that nobody listens there: all have one at the same time.
  const managed::Barrier connected = manager.barrier(7);
  std::vector<std::future<bool>> waiting;
  const auto expect_loss = [&](auto request) {
    waiting.push_back(throws_on_thread<ManagerLost>([&, request] {
      connected.wait();
      request();
    }));
  };
  expect_loss([&] { queue.get(); });
  expect_loss([&] { mutex.lock(); });
  expect_loss([&] { event.wait(); });
  for (int i = 0; i != 3; ++i) expect_loss([&] { barrier.wait(); });
  connected.wait();
  CHECK(eventually([&] { return barrier.n_waiting() == 3; }));
  server.kill();
  for (std::future<bool>& thread : waiting) CHECK(thread.get());
  CHECK_THROWS_AS(list.size(), ManagerLost);
  CHECK_THROWS_WITH(list.append(1), "manager: the server at " + server.address() +
                                        " has ended, and its objects with it");
  CHECK_THROWS_AS(manager.list<int>(), ManagerLost);
  CHECK_THROWS_AS(mutex.unlock(), ManagerLost);
  CHECK_THROWS_AS(Manager::connect(server.address()), ManagerError);
}

TEST_CASE("a server that is killed in the middle of work is an error in every process") {
  ServerProcess server;
  const Manager manager = server.manager();
  const auto counts = manager.dict<int, int>();
  manager.names().set("counts", counts);
  std::vector<Forked> clients;
  for (int i = 0; i != 4; ++i) {
    clients.emplace_back([&, i] {
      const auto mine = Manager::connect(server.address()).names().get<Dict<int, int>>("counts");
      try {
        for (;;) mine[i] += 1;
      } catch (const ManagerLost&) {
        return true;
      }
    });
  }
  for (int i = 0; i != 4; ++i) CHECK(eventually([&] { return counts.get(i, 0) > 50; }));
  server.kill();
  for (Forked& client : clients) CHECK(client.join());
}

TEST_CASE("a server ends with the program that started it") {
  ServerProcess server;
  const Manager manager = server.manager();
  const List<int> list = manager.list<int>();
  server.cut_life_line();
  CHECK(server.wait() == 0);
  CHECK_THROWS_AS(list.size(), ManagerLost);
}

TEST_CASE("a server ends although a request waits in it") {
  ServerThread server;
  const Manager manager = server.manager();
  const managed::Event event = manager.event();
  const managed::Barrier barrier = manager.barrier(2);
  const managed::Barrier connected = manager.barrier(3);
  auto one = throws_on_thread<ManagerLost>([&] {
    connected.wait();
    event.wait();
  });
  auto other = throws_on_thread<ManagerLost>([&] {
    connected.wait();
    barrier.wait();
  });
  connected.wait();
  CHECK(eventually([&] { return barrier.n_waiting() == 1; }));
  CHECK(server.end());
  CHECK(one.get());
  CHECK(other.get());
}

TEST_CASE("a manager that is shut down says so, to all") {
  ServerProcess server;
  Manager manager = server.manager();
  const List<int> list = manager.list<int>();
  manager.shutdown();
  CHECK(server.wait() == 0);
  CHECK_THROWS_WITH(list.size(), "manager: the server at " + server.address() +
                                     " was shut down; its objects are gone");
  CHECK_THROWS_AS(list.size(), ManagerLost);
  CHECK_THROWS_AS(manager.names(), ManagerLost);
  manager.shutdown();  // it is already
}

TEST_CASE("a new server at the same place is another one") {
  const std::string address = "unix:@penstock-test-" + std::to_string(::getpid());
  auto server = std::make_unique<ServerThread>(address);
  const Manager manager = Manager::connect(address);
  const List<int> list = manager.list<int>();
  server.reset();
  server = std::make_unique<ServerThread>(address);
  CHECK_THROWS_AS(list.size(), ManagerLost);
  const Manager again = Manager::connect(address);
  CHECK(again.list<int>({1}).size() == 1);
  CHECK_THROWS_AS(list.size(), ManagerLost);
}

}  // namespace
}  // namespace penstock::sync
