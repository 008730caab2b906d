#include "penstock/managed/signals.hpp"

#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "server_rig.hpp"

namespace penstock::sync {
namespace {

using namespace std::chrono_literals;

// So many threads, each at the barrier; what came of it.
struct Parties {
  Parties(const managed::Barrier& barrier, int count) {
    for (int i = 0; i != count; ++i) {
      threads.emplace_back([this, &barrier] {
        try {
          barrier.wait();
          ++passed;
        } catch (const managed::BrokenBarrier&) {
          ++broken;
        }
      });
    }
  }
  ~Parties() { join(); }
  void join() {
    for (std::thread& thread : threads) {
      if (thread.joinable()) thread.join();
    }
  }

  std::atomic<int> passed{0};
  std::atomic<int> broken{0};
  std::vector<std::thread> threads;
};

TEST_CASE("an event lets through whoever waits, and all later ones until it is cleared") {
  const ServerThread server;
  const managed::Event event = server.manager().event();
  CHECK_FALSE(event.is_set());
  CHECK_FALSE(event.wait(0ms));
  CHECK_FALSE(event.wait(2ms));
  std::vector<std::thread> threads;
  for (int i = 0; i != 3; ++i) threads.emplace_back([&] { event.wait(); });
  event.set();
  for (std::thread& thread : threads) thread.join();
  CHECK(event.is_set());
  CHECK(event.wait(0ms));
  event.clear();
  CHECK_FALSE(event.is_set());
  CHECK_FALSE(event.wait(0ms));
}

TEST_CASE("a barrier lets all parties through together, again and again") {
  const ServerThread server;
  const Manager manager = server.manager();
  const managed::Barrier barrier = manager.barrier(3);
  const List<int> places = manager.list<int>();
  std::vector<std::thread> threads;
  std::atomic<int> alone{0};  // rounds in which not all had come
  for (int i = 0; i != 3; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round != 20; ++round) {
        places.append(static_cast<int>(barrier.wait()));
        barrier.wait();
        alone += places.size() == static_cast<std::size_t>(3 * (round + 1)) ? 0 : 1;
        barrier.wait();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(alone == 0);
  for (const int place : {0, 1, 2}) CHECK(places.count(place) == 20);
  CHECK(barrier.parties() == 3);
  CHECK(barrier.n_waiting() == 0);
  CHECK_FALSE(barrier.broken());
  CHECK(manager.barrier(1).wait() == 0);
  CHECK_THROWS_AS(manager.barrier(0), ManagerError);
}

TEST_CASE("an aborted barrier is broken for all, until it is reset") {
  const ServerThread server;
  const managed::Barrier barrier = server.manager().barrier(3);
  Parties parties(barrier, 2);
  CHECK(eventually([&] { return barrier.n_waiting() == 2; }));
  barrier.abort();
  parties.join();
  CHECK(parties.broken == 2);
  CHECK(barrier.broken());
  CHECK_THROWS_AS(barrier.wait(), managed::BrokenBarrier);
  barrier.reset();
  CHECK_FALSE(barrier.broken());
  Parties again(barrier, 3);
  again.join();
  CHECK(again.passed == 3);
}

TEST_CASE("a reset breaks the barrier for those who wait alone") {
  const ServerThread server;
  const managed::Barrier barrier = server.manager().barrier(3);
  Parties parties(barrier, 2);
  CHECK(eventually([&] { return barrier.n_waiting() == 2; }));
  barrier.reset();
  Parties again(barrier, 3);
  again.join();
  parties.join();
  CHECK(parties.broken == 2);
  CHECK(again.passed == 3);
}

TEST_CASE("a party that runs out of time breaks the barrier") {
  const ServerThread server;
  const managed::Barrier barrier = server.manager().barrier(3);
  Parties parties(barrier, 1);
  CHECK(eventually([&] { return barrier.n_waiting() == 1; }));
  CHECK_THROWS_AS(barrier.wait(1ms), managed::BrokenBarrier);
  parties.join();
  CHECK(parties.broken == 1);
  CHECK(barrier.broken());
}

}  // namespace
}  // namespace penstock::sync
