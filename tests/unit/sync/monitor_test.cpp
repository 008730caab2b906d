#include "sync/monitor.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>

#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "forked.hpp"
#include "sync/region.hpp"

namespace penstock::sync {
namespace {

using namespace std::chrono_literals;

struct Shared {
  MonitorState monitor;
  Gate gate;
  std::uint64_t first;  // kept equal to `second` by whoever has the lock
  std::uint64_t second;
  std::atomic<std::uint32_t> inside;
  std::atomic<bool> done;
};

struct MonitorFixture {
  Region region = Region::create(Kind::event, 1, sizeof(Shared)).value();
  Shared& shared = region.as<Shared>();
  Monitor monitor{shared.monitor};

  // What a change consists of; false: another one was inside, or left a half behind unnoticed.
  bool change(bool died) {
    const bool alone = shared.inside.exchange(1) == 0 || died;
    if (died) shared.second = shared.first;
    const bool whole = shared.first == shared.second;
    ++shared.first;
    ++shared.second;
    shared.inside.store(0);
    return alone && whole;
  }
};

TEST_CASE_METHOD(MonitorFixture, "one at a time has the lock") {
  std::atomic<bool> good = true;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 5000; ++n) {
        if (monitor.lock()) good = false;
        if (!change(false)) good = false;
        monitor.unlock();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(good);
  CHECK(shared.first == 20'000);
}

TEST_CASE_METHOD(MonitorFixture, "a lock that is not to be had is given up, and left as it was") {
  std::thread([&] {
    monitor.lock();
    std::thread([&] {
      CHECK_FALSE(monitor.lock_briefly());
      CHECK_FALSE(monitor.lock_until(deadline_after(0ns)));
    }).join();
    monitor.unlock();
  }).join();
  CHECK(monitor.lock_until(deadline_after(0ns)));
  monitor.unlock();
}

TEST_CASE_METHOD(MonitorFixture, "a wait ends with its time, with the lock in hand") {
  monitor.lock();
  const Deadline deadline = deadline_after(1ms);
  while (monitor.wait(shared.gate, deadline)) {
  }
  CHECK(has_passed(deadline));
  CHECK_FALSE(monitor.wait(shared.gate, deadline_after(0ns)));
  std::thread([&] { CHECK_FALSE(monitor.lock_briefly()); }).join();
  monitor.unlock();
  CHECK(shared.gate.sleepers == 0);
  CHECK_FALSE(has_passed(kForever));
  CHECK(deadline_after(-1ns) == kForever);
}

TEST_CASE_METHOD(MonitorFixture, "who waits is woken, one at a time or all at once") {
  constexpr int kWaiting = 3;
  std::atomic<int> through = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kWaiting; ++i) {
    threads.emplace_back([&] {
      monitor.lock();
      while (shared.first == 0) monitor.wait(shared.gate, kForever);
      --shared.first;
      ++through;
      monitor.unlock();
    });
  }
  const auto give = [&](std::uint64_t how_many) {
    monitor.lock();
    shared.first += how_many;
    monitor.unlock();
  };
  give(1);
  Monitor::wake_one(shared.gate);
  while (through != 1) std::this_thread::yield();
  give(kWaiting - 1);
  Monitor::wake_all(shared.gate);
  for (std::thread& thread : threads) thread.join();
  CHECK(through == kWaiting);
  CHECK(shared.gate.sleepers == 0);
}

TEST_CASE_METHOD(MonitorFixture, "a process that dies with the lock hands it on, and it is told") {
  Forked holder([&] {
    monitor.lock();
    shared.done = true;
    ::pause();
    return true;
  });
  while (!shared.done) std::this_thread::yield();
  CHECK_FALSE(monitor.lock_briefly());
  holder.kill();
  CHECK(monitor.lock());
  monitor.unlock();
  CHECK_FALSE(monitor.lock());
  monitor.unlock();
}

TEST_CASE_METHOD(MonitorFixture, "a thread that ends with the lock hands it on") {
  std::thread([&] { monitor.lock(); }).join();
  CHECK(monitor.lock());
  monitor.unlock();
}

TEST_CASE_METHOD(MonitorFixture, "so does one that the C library has no list for") {
  std::thread([&] {
    ::syscall(SYS_set_robust_list, nullptr, sizeof(robust_list_head));
    monitor.lock();
  }).join();
  CHECK(monitor.lock());
  monitor.unlock();
}

TEST_CASE_METHOD(MonitorFixture, "a forked process is another holder") {
  monitor.lock();
  Forked other([&] { return !monitor.lock_briefly(); });
  CHECK(other.join());
  monitor.unlock();
}

TEST_CASE_METHOD(MonitorFixture, "after a death sleepers look again, and are counted anew") {
  std::vector<Forked> asleep;
  for (int i = 0; i < 2; ++i) {
    asleep.emplace_back([&] {
      monitor.lock();
      while (!shared.done) monitor.wait(shared.gate, kForever);
      monitor.unlock();
      return true;
    });
  }
  while (shared.gate.sleepers != 2) std::this_thread::yield();
  asleep[0].kill();
  monitor.lock();
  shared.done = true;
  monitor.unlock();
  Monitor::revive(shared.gate);
  CHECK(asleep[1].join());
  monitor.lock();
  CHECK_FALSE(monitor.wait(shared.gate, deadline_after(1ms)));
  monitor.unlock();
  CHECK((shared.gate.sleepers & 0xff) == 0);
}

// Four processes at work; one after the other is killed wherever it happens to be.
TEST_CASE_METHOD(MonitorFixture, "no kill leaves the lock taken or lets two in") {
  const auto work = [&] {
    while (!shared.done) {
      const bool died = monitor.lock();
      if (!change(died)) return false;
      if (shared.first % 8 == 0) monitor.wait(shared.gate, deadline_after(100us));
      monitor.unlock();
      Monitor::wake_one(shared.gate);
    }
    return true;
  };
  std::vector<std::unique_ptr<Forked>> workers;
  for (int i = 0; i < 4; ++i) workers.push_back(std::make_unique<Forked>(work));
  std::minstd_rand random(4);
  for (int kills = 0; kills < 300; ++kills) {
    std::unique_ptr<Forked>& victim = workers[random() % workers.size()];
    const std::uint64_t until = shared.first + random() % 200;
    while (shared.first < until) std::this_thread::yield();
    victim->kill();
    Monitor::revive(shared.gate);
    victim = std::make_unique<Forked>(work);
  }
  shared.done = true;
  for (auto& worker : workers) CHECK(worker->join());
  monitor.lock();
  CHECK((shared.first == shared.second || shared.first == shared.second + 1));
  monitor.unlock();
}

}  // namespace
}  // namespace penstock::sync
