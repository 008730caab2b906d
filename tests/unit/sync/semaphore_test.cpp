// The cases of CPython's _TestSemaphore, and deaths.
#include "sync/semaphore.hpp"

#include <penstock/semaphore.hpp>
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

// Says what it does as another party than this process.
template <class Body>
void as(Party party, Body body) {
  const Party before = this_party();
  set_this_party(party);
  body();
  set_this_party(before);
}

template <class Any>
void counts_down_and_up(const Any& semaphore) {
  CHECK(semaphore.value() == 2);
  semaphore.acquire();
  CHECK(semaphore.value() == 1);
  semaphore.acquire();
  CHECK(semaphore.value() == 0);
  CHECK_FALSE(semaphore.try_acquire());
  CHECK(semaphore.value() == 0);
  semaphore.release();
  CHECK(semaphore.value() == 1);
  semaphore.release();
  CHECK(semaphore.value() == 2);
}

TEST_CASE("a semaphore counts, also beyond what it began with") {
  const penstock::Semaphore semaphore(2);
  counts_down_and_up(semaphore);
  semaphore.release();
  CHECK(semaphore.value() == 3);
  semaphore.release(7);
  CHECK(semaphore.value() == 10);
  for (int i = 0; i < 10; ++i) CHECK(semaphore.try_acquire());
  CHECK_FALSE(semaphore.try_acquire());
}

TEST_CASE("a bounded semaphore does not") {
  const penstock::BoundedSemaphore semaphore(2);
  counts_down_and_up(semaphore);
  CHECK_THROWS_WITH(semaphore.release(), "a bounded semaphore of 2 is given back too often");
  semaphore.acquire();
  CHECK_THROWS_AS(semaphore.release(2), SyncError);
  CHECK(semaphore.value() == 1);
  semaphore.release();
  CHECK(semaphore.value() == 2);
}

TEST_CASE("nor does any count beyond what there are numbers for") {
  CHECK_THROWS_AS(penstock::Semaphore(3'000'000'000), SyncError);
  const penstock::Semaphore semaphore(Semaphore::kMostPermits);
  CHECK_THROWS_AS(semaphore.release(), SyncError);
}

TEST_CASE("a time-out ends the wait for a permit, and not before its time") {
  const penstock::Semaphore semaphore(0);
  const auto begun = std::chrono::steady_clock::now();
  CHECK_FALSE(semaphore.try_acquire_for(20ms));
  CHECK(std::chrono::steady_clock::now() - begun >= 20ms);
  CHECK_FALSE(semaphore.try_acquire_until(std::chrono::system_clock::now()));
  CHECK_FALSE(semaphore.try_acquire());
}

TEST_CASE("permits that are released reach as many who wait in other processes") {
  const penstock::Semaphore semaphore(0);
  std::vector<Forked> waiting;
  for (int i = 0; i < 3; ++i) {
    waiting.emplace_back([&] { return semaphore.try_acquire_for(60s); });
  }
  semaphore.release();
  semaphore.release(2);
  for (Forked& one : waiting) CHECK(one.join());
  CHECK(semaphore.value() == 0);
}

TEST_CASE("what a process has acquired, its death releases, and no more") {
  const penstock::Semaphore semaphore(5);
  semaphore.acquire();
  Forked holder([&] {
    semaphore.acquire();
    semaphore.acquire();
    semaphore.acquire();
    semaphore.release();
    ::pause();
    return true;
  });
  while (semaphore.value() != 2) std::this_thread::yield();
  while (semaphore.try_acquire()) {
  }
  Forked waiter([&] { return semaphore.try_acquire_for(60s); });
  holder.kill();
  CHECK(object_of(semaphore).bury(holder.party()));
  CHECK(waiter.join());
  CHECK(semaphore.value() == 1);
  CHECK(object_of(semaphore).bury(holder.party()));
  CHECK(semaphore.value() == 1);
}

TEST_CASE("who signals without having acquired stands for those who have") {
  constexpr Party consumer = 71;
  constexpr Party producer = 72;
  const penstock::Semaphore ready(0);
  for (int i = 0; i < 10; ++i) {
    as(producer, [&] { ready.release(); });
    as(consumer, [&] { CHECK(ready.try_acquire()); });
  }
  CHECK(ready.value() == 0);
  // It may not have seen to the last signal; the nine before it are done.
  CHECK(object_of(ready).bury(consumer));
  CHECK(ready.value() == 1);
}

TEST_CASE("many may hold permits; who is one too many is told") {
  const penstock::Semaphore semaphore(1000);
  constexpr Party first = 1000;
  for (Party party = first; party < first + Semaphore::kMostHolders; ++party) {
    as(party, [&] { CHECK(semaphore.try_acquire()); });
  }
  as(7, [&] {
    CHECK_THROWS_WITH(semaphore.acquire(),
                      "more than 500 processes hold permits of this semaphore");
  });
  CHECK(semaphore.value() == 500);
  as(first + 3, [&] { semaphore.release(); });
  as(7, [&] { CHECK(semaphore.try_acquire()); });
  CHECK(semaphore.value() == 500);
}

// A mutex of another kind and a signal: four processes pass two permits round.
TEST_CASE("three hundred kills leave all permits of a semaphore", "[no-sanitizer]") {
  const penstock::BoundedSemaphore semaphore(2);
  SharedTable<Tally> tally(1);
  const auto work = [&](Tally&) {
    semaphore.acquire();
    semaphore.release();
    return true;
  };
  CHECK(survives_kills(4, 300, object_of(semaphore), tally[0], work));
  CHECK(semaphore.value() == 2);
  CHECK(semaphore.try_acquire());
  CHECK(semaphore.try_acquire());
  CHECK_FALSE(semaphore.try_acquire());
}

}  // namespace
}  // namespace penstock::sync
