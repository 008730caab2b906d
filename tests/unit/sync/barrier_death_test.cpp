// Barriers whose members die, and rounds that end while others still leave them.
#include <penstock/barrier.hpp>
#include <random>
#include <thread>

#include "catch.hpp"
#include "comes_true.hpp"
#include "forked.hpp"
#include "shared_table.hpp"
#include "sync/barrier.hpp"
#include "sync/table.hpp"
#include "throws_on_thread.hpp"

namespace penstock::sync {
namespace {

using namespace std::chrono_literals;

Barrier& native_of(const penstock::Barrier& barrier) {
  return static_cast<Barrier&>(*barrier.handle()->object);
}

// The handle that a process gets to which the barrier was passed.
penstock::Barrier passed_on(const penstock::Barrier& barrier) {
  std::vector<UniqueFd> descriptors;
  descriptors.push_back(duplicate(native_of(barrier).descriptors().front()).value());
  return penstock::Barrier(sdk::Object(
      new penstock_object(Barrier::open(barrier.id(), std::move(descriptors)).value())));
}

bool is_broken(const penstock::Barrier& barrier) {
  try {
    barrier.wait();
    return false;
  } catch (const BrokenBarrier&) {
    return true;
  }
}

TEST_CASE("a barrier is broken when one of those who wait dies") {
  const penstock::Barrier barrier(3, 60s);
  Forked victim([&] {
    barrier.wait();
    return true;
  });
  Forked other([&] { return is_broken(barrier); });
  REQUIRE(comes_true([&] { return barrier.n_waiting() == 2; }));
  victim.kill();
  CHECK(native_of(barrier).bury(victim.party()));
  CHECK(other.join());
  CHECK(barrier.broken());
  barrier.reset();
  CHECK(barrier.n_waiting() == 0);
}

TEST_CASE("a barrier is broken when one dies who had still to come") {
  const penstock::Barrier barrier(2, 60s);
  SharedTable<std::atomic<bool>> has_it(1);
  Forked victim([&] {
    const penstock::Barrier mine = passed_on(barrier);
    const penstock::Barrier copy = mine;
    has_it[0] = true;
    ::pause();
    return true;
  });
  Forked other([&] { return is_broken(barrier); });
  REQUIRE(comes_true([&] { return has_it[0] && barrier.n_waiting() == 1; }));
  victim.kill();
  CHECK(native_of(barrier).bury(victim.party()));
  CHECK(other.join());
}

TEST_CASE("a barrier is whole when one dies that is done with it") {
  const penstock::Barrier barrier(2, 60s);
  Forked done([&] {
    const penstock::Barrier mine = passed_on(barrier);
    mine.wait();
    return true;
  });
  barrier.wait();
  CHECK(done.join());
  CHECK(native_of(barrier).bury(done.party()));
  CHECK_FALSE(barrier.broken());
}

TEST_CASE("who dies in the action breaks the barrier") {
  const penstock::Barrier barrier(2, 60s);
  SharedTable<std::atomic<bool>> acts(1);
  Forked waits([&] { return is_broken(barrier); });
  REQUIRE(comes_true([&] { return barrier.n_waiting() == 1; }));
  Forked victim([&] {
    barrier.wait([&] {
      acts[0] = true;
      ::pause();
    });
    return true;
  });
  REQUIRE(comes_true([&] { return acts[0].load(); }));
  victim.kill();
  CHECK(native_of(barrier).bury(victim.party()));
  CHECK(waits.join());
}

// One who was let through is stopped before it has left: its round stays complete.
TEST_CASE("a round that was complete is not broken by what comes after it") {
  const penstock::Barrier barrier(2, 60s);
  std::atomic<bool> in_action = false;
  std::atomic<bool> go_on = false;
  auto late = throws_on_thread<BrokenBarrier>([&] {
    while (!in_action) std::this_thread::yield();
    try {
      barrier.wait(1ms);  // all places are taken
    } catch (const BrokenBarrier&) {
      go_on = true;
      throw;
    }
  });
  auto first = std::async(std::launch::async, [&] { return is_broken(barrier); });
  while (barrier.n_waiting() != 1) std::this_thread::yield();
  CHECK_THROWS_AS(barrier.wait([&] {
    in_action = true;
    while (!go_on) std::this_thread::yield();
  }),
                  BrokenBarrier);
  CHECK(first.get());
  CHECK(late.get());
  CHECK(barrier.broken());
}

// Rounds of three processes, one of which is killed wherever it happens to be.
TEST_CASE("three hundred kills leave nobody waiting at a barrier", "[no-sanitizer]") {
  const penstock::Barrier barrier(3, 60s);
  SharedTable<std::atomic<std::uint64_t>> rounds(1);
  SharedTable<std::atomic<bool>> done(1);
  const auto member = [&] {
    const penstock::Barrier mine = passed_on(barrier);
    while (!done[0]) {
      try {
        mine.wait();
        ++rounds[0];
      } catch (const BrokenBarrier&) {
        std::this_thread::yield();
      }
    }
    mine.abort();
    return true;
  };
  std::vector<std::unique_ptr<Forked>> members;
  for (int i = 0; i < 3; ++i) members.push_back(std::make_unique<Forked>(member));
  std::minstd_rand random(3);
  for (int kills = 0; kills < 300; ++kills) {
    const std::uint64_t until = rounds[0] + random() % 50;
    REQUIRE(comes_true([&] { return rounds[0] >= until; }));
    std::unique_ptr<Forked>& victim = members[random() % members.size()];
    CHECK(victim->kill());
    REQUIRE(comes_true([&] { return native_of(barrier).bury(victim->party()); }));
    victim = std::make_unique<Forked>(member);
    barrier.reset();
  }
  done[0] = true;
  barrier.abort();
  for (auto& one : members) CHECK(one->join());
}

}  // namespace
}  // namespace penstock::sync
