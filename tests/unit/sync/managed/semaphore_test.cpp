#include "penstock/managed/semaphore.hpp"

#include <thread>

#include "catch.hpp"
#include "server_rig.hpp"

namespace penstock::sync {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a semaphore gives as many permits as it has") {
  const ServerThread server;
  const managed::Semaphore semaphore = server.manager().semaphore(2);
  semaphore.acquire();
  CHECK(semaphore.value() == 1);
  CHECK(semaphore.try_acquire());
  CHECK_FALSE(semaphore.try_acquire());
  CHECK_FALSE(semaphore.try_acquire_for(1ms));
  semaphore.release();
  CHECK(semaphore.try_acquire_for(60s));
  semaphore.release(2);
  CHECK(semaphore.value() == 2);
  semaphore.release(3);  // more than were taken
  CHECK(semaphore.value() == 5);
}

TEST_CASE("a bounded semaphore never has more than it began with") {
  const ServerThread server;
  const managed::Semaphore semaphore = server.manager().bounded_semaphore(2);
  CHECK_THROWS_WITH(semaphore.release(),
                    "manager: a semaphore is released more often than its bound of 2 allows");
  semaphore.acquire();
  CHECK_THROWS_AS(semaphore.release(2), ManagerError);
  semaphore.release();
  CHECK(semaphore.value() == 2);
}

TEST_CASE("who waits for a permit gets the one that is given back") {
  const ServerThread server;
  const managed::Semaphore semaphore = server.manager().semaphore(0);
  std::thread one([&] { semaphore.acquire(); });
  std::thread other([&] { CHECK(semaphore.try_acquire_for(60s)); });
  semaphore.release(2);
  one.join();
  other.join();
  CHECK(semaphore.value() == 0);
}

}  // namespace
}  // namespace penstock::sync
