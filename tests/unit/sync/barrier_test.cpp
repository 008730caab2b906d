// The cases of CPython's _TestBarrier.
#include <future>
#include <penstock/barrier.hpp>
#include <penstock/event.hpp>
#include <thread>

#include "catch.hpp"
#include "comes_true.hpp"
#include "forked.hpp"
#include "shared_table.hpp"
#include "sync/table.hpp"

namespace penstock::sync {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t N = 5;

using Count = std::atomic<std::uint32_t>;

// Runs it in this process and in others, so that N do.
template <class Body>
bool in_all(Body body) {
  std::vector<Forked> others;
  for (std::uint32_t i = 1; i < N; ++i) others.emplace_back(body);
  bool good = body();
  for (Forked& one : others) good = one.join() && good;
  return good;
}

// True: broken.
template <class... Argument>
bool breaks(const penstock::Barrier& barrier, Argument... argument) {
  try {
    barrier.wait(argument...);
    return false;
  } catch (const BrokenBarrier&) {
    return true;
  }
}

TEST_CASE("a barrier is passed in lockstep, round after round") {
  const penstock::Barrier barrier(N, 60s);
  SharedTable<Count> came(2);
  CHECK(in_all([&] {
    for (std::uint32_t round = 0; round < 10; ++round) {
      ++came[0];
      if (came[1] != round * N) return false;
      barrier.wait();
      ++came[1];
      if (came[0] != (round + 1) * N) return false;
      barrier.wait();
    }
    return !barrier.broken();
  }));
  CHECK(barrier.n_waiting() == 0);
  CHECK(barrier.parties() == N);
}

TEST_CASE("each of a round gets a place of its own") {
  const penstock::Barrier barrier(N, 60s);
  SharedTable<Count> places(N);
  CHECK(in_all([&] {
    ++places[barrier.wait()];
    return true;
  }));
  for (std::uint32_t i = 0; i < N; ++i) CHECK(places[i] == 1);
}

TEST_CASE("the action is run once a round, before anybody goes on") {
  const penstock::Barrier barrier(N, 60s);
  SharedTable<Count> acted(1);
  CHECK(in_all([&] {
    for (std::uint32_t round = 1; round <= 3; ++round) {
      barrier.wait([&] { ++acted[0]; });
      if (acted[0] != round) return false;
      barrier.wait();
    }
    return true;
  }));
}

TEST_CASE("an action that throws breaks the barrier, and the others are told") {
  const penstock::Barrier barrier(2, 60s);
  auto other = std::async(std::launch::async, [&] { return breaks(barrier); });
  while (barrier.n_waiting() != 1) std::this_thread::yield();
  CHECK_THROWS_WITH(barrier.wait([] { throw std::runtime_error("not now"); }), "not now");
  CHECK(other.get());
  CHECK(barrier.broken());
}

TEST_CASE("an abort lets all go, and breaks the barrier") {
  const penstock::Barrier barrier(N, 60s);
  SharedTable<Count> results(2);
  CHECK(in_all([&] {
    if (barrier.wait() == N / 2) {
      barrier.abort();
    } else {
      ++results[breaks(barrier) ? 1 : 0];
    }
    return true;
  }));
  CHECK(results[0] == 0);
  CHECK(results[1] == N - 1);
  CHECK(barrier.broken());
  CHECK(breaks(barrier));
}

TEST_CASE("a reset sends those away who wait, and the next round is whole") {
  const penstock::Barrier barrier(N, 60s);
  SharedTable<Count> results(3);
  CHECK(in_all([&] {
    if (barrier.wait() == N / 2) {
      if (!comes_true([&] { return barrier.n_waiting() == N - 1; })) return false;
      barrier.reset();
    } else {
      ++results[breaks(barrier) ? 1 : 0];
    }
    barrier.wait();
    ++results[2];
    return true;
  }));
  CHECK(results[0] == 0);
  CHECK(results[1] == N - 1);
  CHECK(results[2] == N);
}

TEST_CASE("a reset makes a broken barrier whole") {
  const penstock::Barrier barrier(N, 60s);
  const penstock::Barrier other(N, 60s);
  SharedTable<Count> results(3);
  CHECK(in_all([&] {
    if (barrier.wait() == N / 2) {
      barrier.abort();
    } else {
      ++results[breaks(barrier) ? 1 : 0];
    }
    if (other.wait() == N / 2) barrier.reset();
    other.wait();
    barrier.wait();
    ++results[2];
    return true;
  }));
  CHECK(results[0] == 0);
  CHECK(results[1] == N - 1);
  CHECK(results[2] == N);
  CHECK_FALSE(barrier.broken());
}

TEST_CASE("who waits too long breaks the barrier for all") {
  const penstock::Barrier barrier(N, 60s);
  const penstock::Event late;
  SharedTable<Count> broken(1);
  CHECK(in_all([&] {
    if (barrier.wait() == N / 2) late.wait();
    if (breaks(barrier, 20ms)) ++broken[0];
    late.set();
    return true;
  }));
  CHECK(broken[0] == N);
}

TEST_CASE("a barrier has a time-out for those who bring none") {
  const penstock::Barrier barrier(2, 20ms);
  const auto begun = std::chrono::steady_clock::now();
  CHECK(breaks(barrier));
  CHECK(std::chrono::steady_clock::now() - begun >= 20ms);
  barrier.reset();
  std::thread other([&] { barrier.wait(60s); });
  barrier.wait(60s);
  other.join();
}

TEST_CASE("a barrier for one is none") {
  const penstock::Barrier barrier(1);
  CHECK(barrier.wait() == 0);
  CHECK(barrier.wait(0s) == 0);
  int acted = 0;
  CHECK(barrier.wait([&] { ++acted; }) == 0);
  CHECK(acted == 1);
  CHECK_THROWS_AS(penstock::Barrier(0), SyncError);
}

TEST_CASE("a thousand rounds") {
  const penstock::Barrier barrier(N, 60s);
  SharedTable<Count> passed(1);
  CHECK(in_all([&] {
    for (std::uint32_t round = 0; round < 1000; ++round) {
      barrier.wait();
      if (++passed[0] > (round + 2) * N) return false;
    }
    return true;
  }));
  CHECK(passed[0] == 1000 * N);
}

}  // namespace
}  // namespace penstock::sync
