// Signals that a program has handlers for end no wait: CPython's TestIgnoreEINTR, for all that one
// can wait for.
#include <penstock/barrier.hpp>
#include <penstock/condition.hpp>
#include <penstock/event.hpp>
#include <penstock/mutex.hpp>
#include <penstock/pipe.hpp>
#include <penstock/queue.hpp>
#include <penstock/semaphore.hpp>

#include <mutex>
#include <string>

#include "catch.hpp"
#include "comes_true.hpp"
#include "forked.hpp"
#include "signalled.hpp"

namespace penstock::sync {
namespace {

TEST_CASE("signals end no wait at a pipe, and break off no message") {
  Signalled signals;
  auto ends = Pipe<std::string>(true, 4096);
  const std::string large(1'000'000, 'x');
  Forked other([&] {
    ends.first.close();
    ends.second.send("ready");
    ends.second.send(ends.second.recv());
    ends.second.send(large);
    return ends.second.poll(std::chrono::seconds(60)) && ends.second.recv() == large;
  });
  ends.second.close();
  Connection<std::string>& mine = ends.first;
  CHECK(mine.recv() == "ready");
  CHECK(signals.arrive_in(other, 10));  // it receives
  mine.send("1234");
  CHECK(mine.recv() == "1234");
  CHECK(signals.arrive_in(other, 10));  // it sends more than there is room for
  CHECK((mine.recv() == large));
  CHECK(signals.arrive_in(other, 10));  // it polls
  mine.send(large);
  CHECK(other.join());
}

TEST_CASE("signals end no wait for anything that processes share") {
  Signalled signals;
  const penstock::Queue<int> queue;
  const penstock::Queue<int> full(1);
  const penstock::Mutex mutex;
  const penstock::Semaphore semaphore(0);
  const penstock::Event event;
  const penstock::Condition condition;
  const penstock::Barrier barrier(2);
  auto [here, there] = Pipe<int>();
  full.put(0);
  mutex.lock();
  const penstock::Semaphore at(0);  // so many waits have begun
  Forked other([&, &end = there] {
    const auto next = [&] { at.release(); };
    next();
    if (queue.get() != 5) return false;
    next();
    full.put(1);
    next();
    mutex.lock();
    next();
    semaphore.acquire();
    next();
    event.wait();
    const std::lock_guard held(condition);
    next();
    condition.wait();
    next();
    barrier.wait();
    next();
    return wait({end}).has(end);
  });
  const auto interrupted = [&] {
    return at.try_acquire_for(std::chrono::seconds(60)) && signals.arrive_in(other, 5) &&
           at.value() == 0;
  };
  REQUIRE(interrupted());
  queue.put(5);
  REQUIRE(interrupted());
  CHECK(full.get() == 0);
  REQUIRE(interrupted());
  CHECK(full.size() == 1);
  mutex.unlock();
  REQUIRE(interrupted());
  semaphore.release();
  REQUIRE(interrupted());
  event.set();
  REQUIRE(interrupted());
  {
    const std::lock_guard held(condition);
    condition.notify();
  }
  REQUIRE(interrupted());
  CHECK(barrier.n_waiting() == 1);
  barrier.wait();
  REQUIRE(interrupted());
  here.send(1);
  CHECK(other.join());
}

}  // namespace
}  // namespace penstock::sync
