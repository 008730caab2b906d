// The cases of CPython's _TestCondition, and deaths.
#include "sync/condition.hpp"

#include <mutex>
#include <penstock/condition.hpp>
#include <penstock/semaphore.hpp>
#include <thread>

#include "catch.hpp"
#include "comes_true.hpp"
#include "crew.hpp"
#include "forked.hpp"
#include "sync/table.hpp"

namespace penstock::sync {
namespace {

using namespace std::chrono_literals;

Condition& native_of(const penstock::Condition& condition) {
  return static_cast<Condition&>(*condition.handle()->object);
}

// Threads and processes that wait at a condition, and count themselves before and after.
struct Sleepers {
  const penstock::Condition condition;
  const penstock::Semaphore sleeping{0};
  const penstock::Semaphore woken{0};
  std::vector<std::thread> threads;
  std::vector<Forked> processes;

  ~Sleepers() {
    condition.notify_all();
    join_threads();
    for (Forked& process : processes) process.join();
  }

  void join_threads() {
    for (std::thread& thread : threads) thread.join();
    threads.clear();
  }

  template <class... Timeout>
  bool sleep(Timeout... timeout) const {
    const std::lock_guard held(condition);
    sleeping.release();
    condition.wait(timeout...);
    woken.release();
    return true;
  }

  template <class... Timeout>
  void start(int of_each, Timeout... timeout) {
    for (int i = 0; i < of_each; ++i) {
      processes.emplace_back([&] { return sleep(timeout...); });
    }
    for (int i = 0; i < of_each; ++i) threads.emplace_back([=, this] { sleep(timeout...); });
    for (int i = 0; i < 2 * of_each; ++i) sleeping.acquire();
    const std::lock_guard held(condition);  // the last one waits when this is to be had
  }

  void notify(std::uint32_t count) const {
    const std::lock_guard held(condition);
    condition.notify(count);
  }

  // So many have woken, and whoever else was woken with them would have had the time to say so.
  bool have_woken(std::uint32_t count) const {
    if (!comes_true([&] { return woken.value() == count; })) return false;
    const std::lock_guard held(condition);
    return !condition.wait(10ms) && woken.value() == count;
  }
};

TEST_CASE("to notify wakes one of those who wait") {
  Sleepers sleepers;
  sleepers.start(1);
  CHECK(sleepers.have_woken(0));
  sleepers.notify(1);
  CHECK(sleepers.have_woken(1));
  sleepers.notify(1);
  CHECK(sleepers.have_woken(2));
}

TEST_CASE("to notify all wakes all, and none was left over from those who ran out of time") {
  Sleepers sleepers;
  sleepers.start(3, 1ms);
  for (int i = 0; i < 6; ++i) sleepers.woken.acquire();
  sleepers.join_threads();  // what is started next is a copy of this process
  sleepers.start(3);
  CHECK(sleepers.have_woken(0));
  sleepers.notify(penstock::sync::Condition::kAll);
  CHECK(sleepers.have_woken(6));
}

TEST_CASE("to notify n wakes n, or as many as there are") {
  Sleepers sleepers;
  sleepers.start(3);
  CHECK(sleepers.have_woken(0));
  sleepers.notify(2);
  CHECK(sleepers.have_woken(2));
  sleepers.notify(4);
  CHECK(sleepers.have_woken(6));
  sleepers.notify(3);
  CHECK(sleepers.have_woken(6));
}

TEST_CASE("a time-out ends the wait for a notification, and not before its time") {
  const penstock::Condition condition;
  const std::lock_guard held(condition);
  CHECK_FALSE(condition.wait(0s));
  const auto begun = std::chrono::steady_clock::now();
  CHECK_FALSE(condition.wait(20ms));
  CHECK(std::chrono::steady_clock::now() - begun >= 20ms);
  condition.notify();  // for nobody
  CHECK_FALSE(condition.wait(0s));
  Forked other([&] {
    const std::lock_guard theirs(condition);
    condition.notify();
    return true;
  });
  CHECK(condition.wait(60s));  // notified
  CHECK(other.join());
}

TEST_CASE("a condition is waited for in another process") {
  const penstock::Condition condition;
  SharedTable<int> state(1);
  state[0] = -1;
  Forked other([&] {
    const std::lock_guard held(condition);
    state[0] = 0;
    condition.notify();
    return condition.wait_for([&] { return state[0] == 4; }, 60s);
  });
  {
    const std::lock_guard held(condition);
    condition.wait_for([&] { return state[0] == 0; });
  }
  for (int i = 0; i < 4; ++i) {
    const std::lock_guard held(condition);
    ++state[0];
    condition.notify();
  }
  CHECK(other.join());
}

TEST_CASE("what does not come true is given up when the time has passed") {
  const penstock::Condition condition;
  std::atomic<bool> gave_up = false;
  int state = 0;
  std::thread other([&] {
    const std::lock_guard held(condition);
    const auto begun = std::chrono::steady_clock::now();
    const bool so = condition.wait_for([&] { return state == 4; }, 50ms);
    CHECK(std::chrono::steady_clock::now() - begun >= 50ms);
    CHECK_FALSE(so);
    gave_up = true;
  });
  while (!gave_up) {
    const std::lock_guard held(condition);
    state = (state + 1) % 4;
    condition.notify();
  }
  other.join();
}

TEST_CASE("who waits gives back the mutex however often it was taken, and has it so again") {
  const penstock::RecursiveMutex mutex;
  const penstock::Condition condition(mutex);
  mutex.lock();
  condition.lock();
  CHECK(mutex.try_lock());
  std::thread other([&] {
    mutex.lock();
    condition.notify();
    mutex.unlock();
  });
  condition.wait();
  other.join();
  for (int i = 0; i < 3; ++i) mutex.unlock();
  CHECK_THROWS_AS(mutex.unlock(), SyncError);
}

TEST_CASE("who does not have the mutex cannot wait, but notify") {
  const penstock::Mutex mutex;
  const penstock::Condition condition(mutex);
  CHECK_THROWS_WITH(condition.wait(),
                    "waiting at a condition gives back its mutex, which this thread does not hold");
  condition.notify();
  condition.notify_all();
}

TEST_CASE("two conditions may share one mutex") {
  const penstock::Mutex mutex;
  const penstock::Condition first(mutex);
  const penstock::Condition second(mutex);
  int turn = 0;
  const auto play = [&](int mine, const penstock::Condition& wakes_me,
                        const penstock::Condition& wakes_other) {
    const std::lock_guard held(mutex);
    for (int i = 0; i < 100; ++i) {
      wakes_me.wait_for([&] { return turn == mine; });
      turn = 1 - mine;
      wakes_other.notify();
    }
  };
  std::thread other([&] { play(1, second, first); });
  play(0, first, second);
  other.join();
  CHECK(turn == 0);
}

TEST_CASE("a condition comes to another process with its mutex") {
  const penstock::Mutex mutex;
  const penstock::Condition condition(mutex);
  std::vector<UniqueFd> descriptors;
  for (const int fd : native_of(condition).descriptors()) {
    descriptors.push_back(duplicate(fd).value());
  }
  const auto opened = Condition::open(condition.id(), std::move(descriptors)).value();
  CHECK(static_cast<Condition&>(*opened).mutex() == native_of(condition).mutex());
  CHECK(Condition::open(condition.id(), {}).has_error());
}

TEST_CASE("a notification that a dead process had got and not seen goes to another") {
  const penstock::Condition condition;
  // From not yet awake to waiting for the mutex.
  const int yields = GENERATE(0, 1, 3, 10, 30, 100, 300, 1000, 3000, 10000);
  SharedTable<std::atomic<int>> waits(1);
  const auto wait = [&] {
    const std::lock_guard held(condition);
    ++waits[0];
    return condition.wait(60s);
  };
  Forked first(wait);
  while (waits[0] != 1) std::this_thread::yield();
  Forked second(wait);
  while (waits[0] != 2) std::this_thread::yield();
  {
    const std::lock_guard held(condition);  // so that the first one has it and cannot go on
    condition.notify();
    for (int i = 0; i < yields; ++i) std::this_thread::yield();
    first.kill();
  }
  CHECK(native_of(condition).bury(first.party()));
  CHECK(second.join());
}

TEST_CASE("the place of a dead process is free again") {
  const penstock::Condition condition;
  SharedTable<std::atomic<bool>> waits(1);
  Forked other([&] {
    const std::lock_guard held(condition);
    waits[0] = true;
    return condition.wait(60s);
  });
  while (!waits[0]) std::this_thread::yield();
  condition.lock();
  condition.unlock();
  other.kill();
  CHECK(native_of(condition).bury(other.party()));
  const std::lock_guard held(condition);
  condition.notify();
  CHECK_FALSE(condition.wait(0s));
}

TEST_CASE("many may wait at a condition; who is one too many is told", "[no-sanitizer]") {
  const penstock::Condition condition;
  std::uint32_t waiting = 0;  // with the mutex
  bool over = false;          // likewise
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i != Condition::kMostWaiters; ++i) {
    threads.emplace_back([&] {
      const std::lock_guard held(condition);
      ++waiting;
      condition.wait_for([&] { return over; });
    });
  }
  CHECK(comes_true([&] {
    const std::lock_guard held(condition);
    return waiting == Condition::kMostWaiters;
  }));
  condition.lock();
  CHECK_THROWS_WITH(condition.wait(0s), "more than 500 wait at this condition");
  over = true;
  condition.notify_all();
  condition.unlock();
  for (std::thread& thread : threads) thread.join();
  const std::lock_guard held(condition);
  CHECK_FALSE(condition.wait(0s));
}

// Each says that it was here, and waits until another one has been.
TEST_CASE("three hundred kills leave a condition that wakes and is free", "[no-sanitizer]") {
  const penstock::Condition condition;
  SharedTable<Tally> tally(1);
  const auto work = [&](Tally& shared) {
    const std::lock_guard held(condition);
    const std::uint64_t seen = ++shared.value;
    condition.notify();
    condition.wait_for([&] { return shared.value != seen; }, 1ms);
    return true;
  };
  CHECK(survives_kills(4, 300, native_of(condition), tally[0], work));
  const std::lock_guard held(condition);
  CHECK_FALSE(condition.wait(0s));
}

}  // namespace
}  // namespace penstock::sync
