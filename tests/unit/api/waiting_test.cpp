// Waiting for several results: the first, all, the first that fails, and one after the other.
#include <chrono>
#include <future>
#include <memory>
#include <vector>

#include "catch.hpp"
#include "gate.hpp"
#include "own_tasks.hpp"
#include "penstock/pool.hpp"

using namespace std::chrono_literals;
using penstock::AsyncResult;
using penstock::Pool;
using penstock::WaitFor;

namespace {

using Number = AsyncResult<std::int64_t>;
using Numbers = std::vector<Number>;
using Clock = std::chrono::steady_clock;

constexpr auto kLong = 60s;

std::future<bool> waiting_for(const Numbers& results, WaitFor what) {
  return std::async(std::launch::async, [=] { return penstock::wait_for(results, kLong, what); });
}

// Two calls that run, each at a gate of its own, and one that has ended.
struct Three {
  ~Three() { first_gate.open.set(), second_gate.open.set(); }

  Gate first_gate, second_gate;
  Pool pool{penstock::PoolOptions{.processes = 3}};
  Number ready = pool.submit<std::int64_t>("own.square", 3);
  Number first = first_gate.running(pool, 1);
  Number second = second_gate.running(pool, 2);
};

}  // namespace

TEST_CASE("the first of several results") {
  Three three;
  three.ready.wait();
  // Where some are ready nothing is waited for.
  CHECK(penstock::wait_for(Numbers{three.first, three.ready, three.second}, 0s, WaitFor::first));
  auto one = waiting_for({three.first, three.second}, WaitFor::first);
  three.second_gate.open.set();
  CHECK(one.get());
  CHECK(three.second.ready());
  CHECK_FALSE(three.first.ready());
  CHECK(penstock::wait_for(Numbers{three.first, three.second}, kLong, WaitFor::first));
}

TEST_CASE("the first result that fails") {
  Three three;
  three.ready.wait();
  const Numbers none{three.first, three.ready};
  CHECK_FALSE(
      penstock::wait_for(none, 1ms, WaitFor::first_error));  // one that is ready is no error
  Gate gate;
  auto bad = gate.running(three.pool, 0);
  const Numbers three_of_them{three.ready, three.first, bad};
  auto failure = waiting_for(three_of_them, WaitFor::first_error);
  CHECK(bad.cancel(penstock::Cancel::running));
  CHECK(failure.get());
  CHECK_FALSE(three.first.ready());
  auto throws = three.pool.submit<std::int64_t>("own.fail_at", 1, 1);
  CHECK(penstock::wait_for(Numbers{three.first, throws}, kLong, WaitFor::first_error));
  CHECK(throws.ready());
  CHECK(penstock::wait_for(Numbers{three.first, throws}, 0s, WaitFor::first_error));
  CHECK_FALSE(three.first.ready());
  // Where none fails, all are waited for.
  auto all = waiting_for({three.first, three.ready, three.second}, WaitFor::first_error);
  three.first_gate.open.set();
  three.second_gate.open.set();
  CHECK(all.get());
  CHECK(three.first.ready());
  CHECK(three.second.ready());
}

TEST_CASE("all results, also where one is given twice") {
  Three three;
  auto all = waiting_for({three.first, three.ready, three.second}, WaitFor::all);
  auto twice = waiting_for({three.first, three.first}, WaitFor::all);
  CHECK_FALSE(penstock::wait_for(Numbers{three.first, three.first}, 1ms));
  three.first_gate.open.set();
  CHECK(twice.get());
  CHECK_FALSE(three.second.ready());
  three.second_gate.open.set();
  CHECK(all.get());
  CHECK((three.first.ready() && three.second.ready() && three.ready.ready()));
  CHECK(penstock::wait(Numbers{}));
}

TEST_CASE("a wait for results ends when its time is over, and not before") {
  Three three;
  for (const WaitFor what : {WaitFor::all, WaitFor::first, WaitFor::first_error}) {
    const auto began = Clock::now();
    CHECK_FALSE(penstock::wait_for(Numbers{three.first, three.second}, 10ms, what));
    CHECK(Clock::now() - began >= 10ms);
    CHECK_FALSE(penstock::wait_for(Numbers{three.first, three.second}, 0s, what));
    CHECK_FALSE(penstock::wait_for(Numbers{three.first, three.second}, -1s, what));
  }
  CHECK_FALSE(three.first.ready());
}

TEST_CASE("those that are ready come first, then those to come, each once") {
  Three three;
  three.ready.wait();
  std::vector<std::int64_t> found;
  const Numbers given{three.first, three.ready, three.second, three.ready, three.first};
  for (const Number& result : penstock::as_completed(given)) {
    found.push_back(result.get());
    if (found.size() == 1) three.second_gate.open.set();
    if (found.size() == 2) three.first_gate.open.set();
  }
  CHECK(found == std::vector<std::int64_t>{9, 2, 1});
}

TEST_CASE("when the time is over the ready ones have come, and the wait says so") {
  Three three;
  three.ready.wait();
  for (const auto timeout : {0ms, 10ms}) {
    std::vector<std::int64_t> found;
    const auto read = [&] {
      for (const Number& one :
           penstock::as_completed(Numbers{three.first, three.ready, three.second}, timeout)) {
        found.push_back(one.get());
      }
    };
    CHECK_THROWS_WITH(read(), "no result within the time given; the call goes on");
    CHECK(found == std::vector<std::int64_t>{9});
  }
  three.first_gate.open.set();
  CHECK(three.first.get() == 1);  // it went on
}

TEST_CASE("results that were handed out are let go of") {
  Pool pool({.processes = 2});
  std::vector<std::weak_ptr<penstock::calls::Call>> calls;
  std::vector<Number> results;
  for (int i = 0; i < 20; ++i) {
    results.push_back(pool.submit<std::int64_t>("own.square", i));
    calls.push_back(results.back().call());
  }
  const auto held = [&] {
    return std::ranges::count_if(calls, [](const auto& call) { return !call.expired(); });
  };
  CHECK(penstock::wait(results));
  CHECK(held() == 20);
  std::int64_t left = 20;
  for (const Number& result : penstock::as_completed(std::move(results))) {
    CHECK(result.ready());
    REQUIRE(eventually([&] { return held() == left; }));  // the one in hand and those to come
    --left;
  }
  CHECK(left == 0);
  CHECK(eventually([&] { return held() == 0; }));
}
