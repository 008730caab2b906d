// Callbacks of calls, and waiting for several results.
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <numeric>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "own_tasks.hpp"
#include "penstock/pool.hpp"

using namespace std::chrono_literals;
using penstock::AsyncResult;
using penstock::Pool;
using penstock::TaskError;

namespace {

constexpr auto kLong = 60s;

}  // namespace

TEST_CASE("exactly one callback for each call, one at a time, on a thread of their own") {
  std::atomic<int> inside{0};
  std::atomic<int> values{0};
  std::atomic<int> errors{0};
  std::set<std::thread::id> threads;  // touched by callbacks alone
  bool alone = true;
  const auto enter = [&] {
    alone = alone && ++inside == 1;
    threads.insert(std::this_thread::get_id());
    --inside;
  };
  {
    Pool pool({.processes = 2, .attempts = 1});
    for (int i = 0; i < 500; ++i) {
      const auto done = [&](std::int64_t) { enter(), ++values; };
      const auto failed = [&](const TaskError&) { enter(), ++errors; };
      const char* task = i % 50 == 7 ? "own.die_at" : "own.fail_at";
      pool.apply_async<std::int64_t>(task, i % 50 == 7 ? i : 13, i % 100, done, failed);
    }
    pool.close();
    pool.join();  // also waits for callbacks
    CHECK(values + errors == 500);
  }
  // Of die_at 7 and 57, which meet their value; of fail_at, each 13.
  CHECK(errors == 2 + 5);
  CHECK(alone);
  CHECK(threads.size() == 1);
  CHECK_FALSE(threads.contains(std::this_thread::get_id()));
}

TEST_CASE("a call fails whose task takes long to be opened and then cannot be") {
  Pool pool({.processes = 1});
  auto result = pool.apply_async<std::int64_t>("own.unopened", 1);
  CHECK_THROWS_WITH(result.get(kLong), Catch::Contains("no way in"));
}

TEST_CASE("a callback may submit, and never blocks for it") {
  std::atomic<int> done{0};
  Pool pool({.processes = 1, .queue = 1});
  std::atomic<int> left{200};
  std::function<void(int)> again = [&](int) {
    ++done;
    if (left-- > 0) pool.apply_async<int>("own.square", 1, again);
  };
  pool.apply_async<int>("own.square", 1, again);
  while (done <= 200) pool.apply<int>("own.square", 2);
  CHECK(done == 201);
}

TEST_CASE("a callback may wait for another call") {
  Pool pool({.processes = 1});
  std::promise<int> seen;
  pool.apply_async<int>("own.square", 3,
                        [&](int nine) { seen.set_value(pool.apply<int>("own.add", nine, 1)); });
  CHECK(seen.get_future().get() == 10);
}

TEST_CASE("callbacks can be added later") {
  Pool pool({.processes = 1});
  std::atomic<int> seen{0};
  auto result = pool.apply_async<int>("own.square", 3);
  result.then([&](AsyncResult<int> ready) { seen += ready.get(); });
  result.wait();
  result.then([&](AsyncResult<int> ready) { seen += ready.get(); });
  pool.close();
  pool.join();
  penstock::Pool other({.processes = 1});
  while (seen < 18) other.apply<int>("own.square", 1);
  CHECK(seen == 18);
}

TEST_CASE("results as they get ready") {
  Pool pool({.processes = 2});
  std::vector<AsyncResult<std::int64_t>> results;
  for (int i = 0; i < 50; ++i) results.push_back(pool.apply_async<std::int64_t>("own.square", i));
  std::int64_t sum = 0;
  for (AsyncResult<std::int64_t>& result : penstock::as_completed(results)) {
    CHECK(result.ready());
    sum += result.get();
  }
  CHECK(sum == 49 * 50 * 99 / 6);
  auto endless = pool.apply_async<std::int64_t>("own.wait_for_end", 0);
  CHECK_THROWS_AS(
      [&] {
        for (auto& result : penstock::as_completed(std::vector{endless}, 1ms)) result.wait();
      }(),
      penstock::TimeoutError);
  endless.cancel(penstock::Cancel::running);
}

TEST_CASE("waiting for the first, for all, and for the first that fails") {
  Pool pool({.processes = 2});
  auto endless = pool.apply_async<std::int64_t>("own.wait_for_end", 0);
  auto quick = pool.apply_async<std::int64_t>("own.square", 2);
  std::vector<AsyncResult<std::int64_t>> both{endless, quick};
  CHECK(penstock::wait_for(both, kLong, penstock::WaitFor::first));
  CHECK(quick.ready());
  CHECK_FALSE(penstock::wait_for(both, 1ms));
  auto bad = pool.apply_async<std::int64_t>("own.fail_at", 1, 1);
  both.push_back(bad);
  CHECK(penstock::wait_for(both, kLong, penstock::WaitFor::first_error));
  CHECK(bad.ready());
  endless.cancel(penstock::Cancel::running);
  CHECK(penstock::wait(both));
}

TEST_CASE("what nobody holds is dropped when it comes") {
  Pool pool({.processes = 1});
  for (int i = 0; i < 20; ++i) {
    pool.apply_async<std::string>("own.repeat", 1'000, std::string(1'000, 'x'));
  }
  CHECK(pool.apply<int>("own.square", 2) == 4);
  pool.close();
  pool.join();
  const auto stats = pool.stats();
  CHECK(stats.calls == 21);
  CHECK(stats.done == 21);
  CHECK(stats.failed == 0);
  CHECK(stats.workers == 0);
}
