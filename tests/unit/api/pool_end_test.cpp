// How a pool comes to its end: shutdown, close and terminate while calls wait, run or crash.
#include <signal.h>

#include <atomic>
#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "gate.hpp"
#include "own_tasks.hpp"
#include "penstock/pool.hpp"
#include "worker_pids.hpp"

using namespace std::chrono_literals;
using penstock::AsyncResult;
using penstock::Pool;
using penstock::TaskError;

namespace {

using Number = AsyncResult<std::int64_t>;

std::vector<Number> squares(Pool& pool, std::int64_t count) {
  std::vector<Number> results;
  for (std::int64_t i = 0; i < count; ++i) {
    results.push_back(pool.submit<std::int64_t>("own.square", i));
  }
  return results;
}

}  // namespace

TEST_CASE("shutdown runs what was submitted, ends the processes, and takes nothing more") {
  Pool pool({.processes = 4});
  const auto results = squares(pool, 50);
  pool.shutdown();
  CHECK(worker_pids().empty());
  for (std::size_t i = 0; i < results.size(); ++i) {
    CHECK(results[i].ready());
    CHECK(results[i].get() == static_cast<std::int64_t>(i * i));
  }
  CHECK_THROWS_WITH(pool.submit<int>("own.square", 1), Catch::Contains("the pool is closed"));
  CHECK_THROWS_WITH(pool.map<int>("own.square", std::vector{1}),
                    Catch::Contains("the pool is closed"));
  pool.shutdown();  // once more does no harm
}

TEST_CASE("shutdown without waiting leaves the calls running, also when the pool is gone") {
  std::vector<Number> results;
  Number last;
  {
    const Gate gate;
    Pool pool({.processes = 2});
    last = gate.running(pool, 7);
    results = squares(pool, 20);
    pool.shutdown(false);
    CHECK_FALSE(last.ready());
    CHECK_THROWS_WITH(pool.submit<int>("own.square", 1), Catch::Contains("the pool is closed"));
    gate.open.set();
  }
  CHECK(last.get() == 7);
  CHECK(results.back().get() == 19 * 19);
  CHECK(worker_pids().empty());
}

TEST_CASE("shutdown that cancels lets go of what has not begun, and of nothing else") {
  const Gate gate;
  Pool pool({.processes = 2});
  const auto one = gate.running(pool, 1);
  const auto two = gate.running(pool, 2);
  const auto waiting = squares(pool, 50);
  pool.shutdown(false, true);
  CHECK_FALSE(one.ready());
  CHECK_FALSE(two.ready());
  gate.open.set();
  pool.join();
  CHECK(one.get() == 1);
  CHECK(two.get() == 2);
  std::size_t cancelled = 0;
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    REQUIRE(waiting[i].ready());
    if (waiting[i].cancelled()) {
      ++cancelled;
    } else {  // it was with a process already
      CHECK(waiting[i].get() == static_cast<std::int64_t>(i * i));
    }
  }
  CHECK(cancelled > 0);
  CHECK(waiting.back().cancelled());
}

TEST_CASE("a crash after shutdown, or a cancelled call before it, does not hold it up") {
  for (const bool wait : {true, false}) {
    Pool pool({.processes = 1, .attempts = 1});
    auto crash = pool.submit<int>("own.die_at", 1, 1);
    auto behind = pool.submit<int>("own.square", 3);
    pool.shutdown(wait);
    REQUIRE(crash.error() != nullptr);
    CHECK(crash.error()->kind() == TaskError::Kind::crashed);
    CHECK(behind.get() == 9);
    CHECK(pool.join_for(1min));
  }
  const Gate gate;
  Pool pool({.processes = 1});
  auto running = gate.running(pool, 1);
  auto waiting = pool.submit<int>("own.square", 3);
  CHECK(waiting.cancel());
  pool.shutdown(false);
  gate.open.set();
  pool.shutdown(true);
  CHECK(running.get() == 1);
  CHECK(waiting.cancelled());
}

TEST_CASE("terminate ends ten thousand calls that wait, each with its callback") {
  const Gate gate;
  std::atomic<int> cancelled{0};
  std::vector<Number> results;
  {
    Pool pool({.processes = 2, .queue = 20'000});
    const auto running = gate.running(pool, 1);
    for (int i = 0; i < 10'000; ++i) {
      results.push_back(pool.apply_async<std::int64_t>(
          "own.pass", gate.entered, gate.open, i, [&](const TaskError& error) {
            if (error.kind() == TaskError::Kind::cancelled) ++cancelled;
          }));
    }
    pool.terminate();
    CHECK_THROWS_WITH(pool.apply<int>("own.square", 1), Catch::Contains("the pool is closed"));
    pool.join();
    CHECK(running.cancelled());
    CHECK(worker_pids().empty());
  }
  CHECK(cancelled == 10'000);
  CHECK(results.back().cancelled());
}

TEST_CASE("processes that are replaced after a few calls do not hold up the end") {
  std::vector<AsyncResult<std::int64_t>> pids;
  {
    Pool pool({.processes = 3, .recycle = 2});
    for (int i = 0; i < 30; ++i) pids.push_back(pool.submit<std::int64_t>("own.pid"));
    pool.close();
    pool.join();
    CHECK(worker_pids().empty());
  }
  std::multiset<std::int64_t> found;
  for (const auto& pid : pids) found.insert(pid.get());
  for (const std::int64_t pid : found) CHECK(found.count(pid) <= 2);
}
