// What a pool makes of processes that die, hang or are killed at random moments.
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "own_tasks.hpp"
#include "penstock/pool.hpp"
#include "worker_pids.hpp"

using namespace std::chrono_literals;
using penstock::Pool;
using penstock::TaskError;

TEST_CASE("a crash is told with signal, attempts and stack, and the pool goes on") {
  Pool pool({.processes = 2});
  try {
    pool.apply<int>("own.die_at", 5, 5);
    FAIL("nothing was thrown");
  } catch (const TaskError& error) {
    CHECK(error.kind() == TaskError::Kind::crashed);
    CHECK(error.task() == "own.die_at");
    REQUIRE(error.attempts().size() == 3);
    CHECK(error.attempts().back().signal == SIGABRT);
    CHECK_THAT(error.attempts().back().cause, Catch::Contains("SIGABRT"));
    CHECK_THAT(error.attempts().back().worker, Catch::Contains("worker-"));
  }
  CHECK(pool.apply<int>("own.die_at", 5, 6) == 6);
}

TEST_CASE("a process that lies of what a call gave is ended, and that call fails") {
  Pool pool({.processes = 1, .attempts = 1, .plugin_path = {TEST_PLUGINS}});
  const penstock::CallOptions lies{.with = {{"how", "lie port"}, {"every", "1"}}};
  auto bad = pool.submit<std::string>(lies, "hostile.pass", "a line");
  REQUIRE(bad.error() != nullptr);
  CHECK(bad.error()->kind() == TaskError::Kind::crashed);
  REQUIRE(bad.error()->attempts().size() == 1);
  CHECK_THAT(bad.error()->attempts().front().message,
             Catch::Contains("protocol violation: an output that its task does not declare"));
  CHECK(pool.apply<int>("own.square", 2) == 4);
}

TEST_CASE("a call whose process is killed is run again") {
  Pool pool({.processes = 1});
  const auto path =
      std::filesystem::temp_directory_path() / ("penstock-die-once-" + std::to_string(::getpid()));
  std::filesystem::remove(path);
  CHECK(pool.apply<std::string>("own.die_once", path.string()) == "second time");
  std::filesystem::remove(path);
  CHECK_THROWS_AS(
      pool.apply<std::string>(penstock::CallOptions{.attempts = 1}, "own.die_once", path.string()),
      TaskError);
  std::filesystem::remove(path);
}

TEST_CASE("a process that leaves by itself is a crash of its call") {
  Pool pool({.processes = 1, .attempts = 1});
  for (const int code : {0, 3}) {
    try {
      pool.apply<void>("own.leave", code);
      FAIL("nothing was thrown");
    } catch (const TaskError& error) {
      CHECK(error.kind() == TaskError::Kind::crashed);
      CHECK(error.attempts().back().exit == code);
    }
  }
}

TEST_CASE("a call that takes too long is ended") {
  Pool pool({.processes = 1, .attempts = 1, .grace = 100ms});
  try {
    pool.apply<void>(penstock::CallOptions{.timeout = 200ms}, "own.spin", 1);
    FAIL("nothing was thrown");
  } catch (const TaskError& error) {
    CHECK(error.kind() == TaskError::Kind::timed_out);
    CHECK_THAT(error.what(), Catch::Contains("timed out after 0.2 s"));
  }
  // One that ends when it is asked to has made it.
  Pool patient({.processes = 1, .attempts = 1, .grace = 60s});
  patient.apply<void>(penstock::CallOptions{.timeout = 200ms}, "own.wait_for_end", 1);
  CHECK(pool.apply<int>("own.square", 3) == 9);
}

// Two thousand calls of 30 ms on four processes take 15 s; 64 kills at random moments.
TEST_CASE("64 kills among 2,000 calls lose none and repeat no result", "[no-sanitizer]") {
  Pool pool({.processes = 4, .attempts = 20});
  std::vector<std::atomic<int>> ended(2'000);
  std::atomic<bool> over{false};
  std::thread killer([&] {
    std::mt19937 random(4);
    for (int kills = 0; kills < 64 && !over;) {
      const auto pids = worker_pids();
      if (!pids.empty() && ::kill(pids[random() % pids.size()], SIGKILL) == 0) ++kills;
      std::this_thread::sleep_for(std::chrono::milliseconds(random() % 400));
    }
  });
  for (std::size_t i = 0; i < ended.size(); ++i) {
    pool.apply_async<std::int64_t>(
        "own.take_long", 30, [&ended, i](std::int64_t) { ++ended[i]; },
        [&ended, i](const TaskError&) { ended[i] += 100; });
  }
  pool.close();
  pool.join();
  over = true;
  killer.join();
  CHECK(std::ranges::all_of(ended, [](const auto& times) { return times == 1; }));
  CHECK(worker_pids().empty());
}

TEST_CASE("a pool survives the death of the process above its workers") {
  Pool pool({.processes = 2});
  CHECK(pool.apply<int>("own.square", 2) == 4);
  const auto workers = worker_pids();
  REQUIRE_FALSE(workers.empty());
  // The keeper: the only process that is this one's own child.
  const pid_t keeper = parent_of(workers.front());
  REQUIRE(keeper != ::getpid());
  auto result = pool.apply_async<std::int64_t>("own.take_long", 200);
  CHECK(::kill(keeper, SIGKILL) == 0);
  CHECK(result.get() == 200);
}
