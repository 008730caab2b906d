// What can be asked of a result in each of its states, and callbacks that are added to it.
#include <chrono>
#include <future>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "catch.hpp"
#include "gate.hpp"
#include "own_tasks.hpp"
#include "penstock/pool.hpp"

using namespace std::chrono_literals;
using penstock::AsyncResult;
using penstock::Cancel;
using penstock::Pool;
using penstock::TaskError;

namespace {

using Number = AsyncResult<std::int64_t>;

// One result in each state: of a pool with one process, which stands at the gate.
struct EachState {
  EachState() {
    CHECK(done.get() == 9);
    failed.wait();
    running = gate.running(pool, 5);
    waiting = pool.submit<std::int64_t>("own.square", 4);
    cancelled = pool.submit<std::int64_t>("own.square", 6);
    CHECK(cancelled.cancel());
  }
  ~EachState() { gate.open.set(); }

  std::vector<Number> all() const { return {done, failed, running, waiting, cancelled}; }

  Gate gate;
  Pool pool{penstock::PoolOptions{.processes = 1}};
  Number done = pool.submit<std::int64_t>("own.square", 3);
  Number failed = pool.submit<std::int64_t>("own.fail_at", 1, 1);
  Number running, waiting, cancelled;
};

std::string as_text(const Number& result) {
  if (result.cancelled()) return "cancelled";
  return result.successful() ? std::to_string(result.get()) : "failed";
}

}  // namespace

TEST_CASE("what a result says of itself in each state") {
  EachState each;
  for (const auto& ready : {each.done, each.failed, each.cancelled}) {
    CHECK(ready.ready());
    CHECK(ready.wait_for(0s));
    CHECK(ready.wait_for(-1s));
  }
  for (const auto& open : {each.running, each.waiting}) {
    CHECK_FALSE(open.ready());
    CHECK_FALSE(open.cancelled());
    CHECK_FALSE(open.wait_for(0s));
    CHECK_FALSE(open.wait_until(std::chrono::steady_clock::now() + 1ms));
    CHECK_THROWS_AS(open.get(0s), penstock::TimeoutError);
    CHECK_THROWS_AS(open.get(-1s), penstock::TimeoutError);
    CHECK_THROWS_AS(open.get(1ms), penstock::TimeoutError);
    CHECK_THROWS_AS(open.successful(), std::logic_error);
  }
  CHECK_THROWS_WITH(each.running.get(1ms), "no result within the time given; the call goes on");
  CHECK(each.done.get(0s) == 9);
  CHECK(each.done.error() == nullptr);
  CHECK(each.done.successful());
  CHECK_FALSE(each.done.cancelled());
  CHECK_THROWS_WITH(each.failed.get(0s), Catch::Contains("no 1 here"));
  REQUIRE(each.failed.error() != nullptr);
  CHECK(each.failed.error()->kind() == TaskError::Kind::failed);
  CHECK_FALSE(each.failed.successful());
  CHECK_FALSE(each.failed.cancelled());
  CHECK_THROWS_AS(each.cancelled.get(0s), TaskError);
  REQUIRE(each.cancelled.error() != nullptr);
  CHECK(each.cancelled.error()->kind() == TaskError::Kind::cancelled);
  CHECK_FALSE(each.cancelled.successful());
  CHECK(each.cancelled.cancelled());
}

TEST_CASE("what runs or has ended is not cancelled and what waits is") {
  EachState each;
  CHECK_FALSE(each.running.cancel());
  CHECK_FALSE(each.running.ready());
  CHECK_FALSE(each.done.cancel());
  CHECK_FALSE(each.failed.cancel());
  CHECK_FALSE(each.failed.cancel(Cancel::running));
  CHECK(each.cancelled.cancel());
  CHECK(each.waiting.cancel());
  CHECK(each.waiting.ready());
  CHECK(each.waiting.cancelled());
  each.gate.open.set();
  CHECK(each.running.get() == 5);
  CHECK_FALSE(each.running.cancel());
  CHECK(each.running.get() == 5);
}

// The test knows that it runs sooner than the engine knows that its process is ready for it.
TEST_CASE("a call that is cancelled in its first moment is ended all the same") {
  for (int i = 0; i < 20; ++i) {
    const Gate gate;
    Pool pool({.processes = 1, .grace = 1ms});
    auto running = gate.running(pool, 1);
    CHECK(running.cancel(Cancel::running));
    CHECK(running.cancelled());
    CHECK(pool.submit<int>("own.square", 3).wait_for(1min));
    gate.open.set();
  }
}

TEST_CASE("who waits for a result has what comes") {
  EachState each;
  auto bad = each.pool.submit<std::int64_t>("own.fail_at", 2, 2);
  auto value = std::async(std::launch::async, [&] { return each.running.get(); });
  auto error = std::async(std::launch::async, [&] { return bad.error(); });
  auto none = std::async(std::launch::async, [&] { return each.running.error(); });
  auto end = std::async(std::launch::async, [&] { return each.waiting.error(); });
  CHECK(each.waiting.cancel());
  REQUIRE(end.get() != nullptr);
  CHECK(each.waiting.error()->kind() == TaskError::Kind::cancelled);
  each.gate.open.set();
  CHECK(value.get() == 5);
  CHECK(none.get() == nullptr);
  REQUIRE(error.get() != nullptr);
  CHECK_THAT(bad.error()->what(), Catch::Contains("no 2 here"));
}

TEST_CASE("a callback comes once whatever becomes of its call and whenever it is added") {
  const penstock::Queue<std::string> told;
  const auto three = [&] { return std::multiset<std::string>{told.get(), told.get(), told.get()}; };
  {
    EachState each;
    const auto note = [&](const Number& result) { told.put(as_text(result)); };
    each.running.then(note);
    each.waiting.then(note);
    auto bad = each.pool.submit<std::int64_t>("own.fail_at", 2, 2);
    bad.then(note);
    CHECK(each.waiting.cancel());
    each.gate.open.set();
    CHECK(three() == std::multiset<std::string>{"5", "cancelled", "failed"});
    for (Number& ready : std::vector{each.done, each.failed, each.cancelled}) ready.then(note);
    CHECK(three() == std::multiset<std::string>{"9", "cancelled", "failed"});
    wait_for_callbacks(each.pool);
  }
  CHECK(told.empty());
}

TEST_CASE("what a callback throws is told and the others are called") {
  const CapturedStderr captured;
  std::vector<std::string> told;
  {
    EachState each;
    each.running.then([&](const Number&) { throw std::runtime_error("out of paper"); });
    each.running.then([&](const Number&) { throw 5; });
    each.running.then([&](const Number& result) { told.push_back(as_text(result)); });
    each.pool.apply_async<std::int64_t>(
        "own.square", 1, [&](std::int64_t) { throw std::runtime_error("out of ink"); });
    each.pool.apply_async<std::int64_t>(
        "own.fail_at", 1, 1, [&](const TaskError&) { throw std::runtime_error("out of words"); });
    each.gate.open.set();
    wait_for_callbacks(each.pool);
    each.done.then([&](const Number&) { throw std::runtime_error("out of time"); });
    each.done.then([&](const Number& result) { told.push_back(as_text(result)); });
    wait_for_callbacks(each.pool);
    each.pool.close();
    CHECK(each.pool.join_for(1min));
  }
  CHECK(told == std::vector<std::string>{"5", "9"});
  const std::string text = captured.text();
  for (const char* what : {"callback of own.pass has thrown: out of paper",
                           "callback of own.pass has thrown: something that is no std::exception",
                           "callback of own.square has thrown: out of ink",
                           "callback of own.fail_at has thrown: out of words",
                           "callback of own.square has thrown: out of time"}) {
    CHECK_THAT(text, Catch::Contains(what));
  }
}
