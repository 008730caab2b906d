// Pool: calls one by one, what they take and give, and how a pool begins and ends.
#include "penstock/pool.hpp"

#include <penstock/queue.hpp>

#include <atomic>
#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "own_tasks.hpp"
#include "state/temporary_folder.hpp"
#include "worker_pids.hpp"

using namespace std::chrono_literals;
using penstock::Pool;
using penstock::TaskError;

namespace {

constexpr auto kLong = 60s;  // longer than anything here takes, on a machine that is busy

}  // namespace

TEST_CASE("a call gives the value of its task") {
  Pool pool({.processes = 2});
  CHECK(pool.apply<std::int64_t>("own.square", 7) == 49);
  CHECK(pool.apply<int>("own.add", 3, 4) == 7);
  CHECK(pool.apply<std::int64_t>("own.answer") == 42);
  CHECK(pool.apply<std::string>("own.repeat", 3, "ab") == "ababab");
  CHECK(pool.apply<std::string>("text.upper", std::string("a plugin's")) == "A PLUGIN'S");
  pool.apply<void>("own.nothing", 1);
  pool.apply<void>("own.square", 1);  // a value that nobody wants
}

TEST_CASE("structs go there and back, packed or with named fields") {
  Pool pool({.processes = 1});
  CHECK(pool.apply<double>("own.norm", Point{3, 4}) == 25);
  CHECK(pool.apply<Point>("own.mirror", Point{3, 4}).x == 4);
  const auto page = pool.apply<Page>("own.visit", Page{"a", {"b"}});
  CHECK(page.links == std::vector<std::string>{"b", "a/next"});
}

TEST_CASE("values convert where types match by structure") {
  Pool pool({.processes = 1});
  CHECK(pool.apply<double>("own.square", 7) == 49.0);  // int to float
  CHECK(pool.apply<std::vector<std::byte>>("own.repeat", 2, "x").size() == 2);
}

TEST_CASE("large values go there and back") {
  Pool pool({.processes = 1});
  const std::string large(50'000'000, 'x');
  CHECK(pool.apply<std::int64_t>("own.length", large) == 50'000'000);
  CHECK(pool.apply<std::string>("own.repeat", 2, large).size() == 100'000'000);
}

TEST_CASE("what does not fit is refused before anything runs") {
  Pool pool({.processes = 1});
  CHECK_THROWS_WITH(pool.apply<int>("own.sqare", 1), Catch::Contains("did you mean `own.square`?"));
  CHECK_THROWS_WITH(pool.apply<int>("square", 1), Catch::Contains("write PLUGIN.TASK"));
  CHECK_THROWS_WITH(pool.apply<int>("own.square", "x"),
                    Catch::Contains("text is given where int is wanted"));
  CHECK_THROWS_WITH(pool.apply<std::string>("own.square", 1),
                    Catch::Contains("int is given where text is wanted"));
  CHECK_THROWS_WITH(pool.apply<int>("own.nothing", 1), Catch::Contains("gives nothing"));
  CHECK_THROWS_WITH(pool.apply<int>("gone.task", 1), Catch::Contains("gone"));
  CHECK_THROWS_WITH(pool.apply<int>("own.numbers", 1),
                    "`own.numbers` is a source; a pool calls transforms");
  CHECK_THROWS_WITH(pool.apply<int>("own.sides", 1),
                    "`own.sides` has several inputs; a pool calls tasks with one");
  CHECK(pool.stats().calls == 0);
  CHECK(worker_pids().empty());
}

TEST_CASE("a plugin that cannot be described is refused with the reason") {
  const penstock::TemporaryFolder folder;
  std::ofstream(folder.path() / "libnote.so") << "this is no library\n";
  Pool pool({.processes = 1, .plugin_path = {folder.path()}});
  CHECK_THROWS_WITH(pool.apply<int>("note.task", 1), Catch::Contains("is not a shared library"));
}

TEST_CASE("parameters of a plugin's task") {
  Pool pool({.processes = 1});
  const penstock::CallOptions options{.with = {{"pattern", "b+"}}};
  CHECK(pool.apply<std::string>(options, "text.grep", std::string("abba")) == "abba");
  CHECK_THROWS_WITH(pool.apply<std::string>("text.grep", std::string("abba")),
                    Catch::Contains("pattern"));
}

TEST_CASE("a result can be asked for, waited for and had again") {
  Pool pool({.processes = 1});
  penstock::Queue<std::int64_t> gate;
  auto first = pool.apply_async<void>("own.count_up", gate, 1);
  const auto result = pool.apply_async<std::int64_t>("own.square", 5);
  CHECK(result.get(kLong) == 25);
  CHECK(result.get() == 25);
  CHECK(result.ready());
  CHECK(result.successful());
  CHECK_FALSE(result.cancelled());
  first.wait();
  CHECK(gate.get() == 0);

  auto slow = pool.apply_async<std::int64_t>("own.wait_for_end", 0);
  CHECK_FALSE(slow.wait_for(1ms));
  CHECK_THROWS_AS(slow.get(1ms), penstock::TimeoutError);
  CHECK_THROWS_AS(slow.successful(), std::logic_error);
  CHECK(slow.cancel(penstock::Cancel::running));
  CHECK(slow.cancelled());
  CHECK_THROWS_AS(slow.get(), TaskError);
}

TEST_CASE("a call that waits can be cancelled, and is not run") {
  Pool pool({.processes = 1});
  auto running = pool.apply_async<std::int64_t>("own.wait_for_end", 0);
  penstock::Queue<std::int64_t> queue;
  auto waiting = pool.apply_async<void>("own.count_up", queue, 5);
  CHECK(waiting.cancel());
  CHECK(waiting.cancelled());
  CHECK(waiting.cancel());  // it is
  CHECK_FALSE(running.ready());
  CHECK(running.cancel(penstock::Cancel::running));
  CHECK(pool.apply<int>("own.square", 2) == 4);  // the pool is whole
  CHECK(queue.empty());
}

TEST_CASE("of what waits, the highest priority goes first") {
  Pool pool({.processes = 1});
  penstock::Queue<std::int64_t> order;
  auto running = pool.apply_async<std::int64_t>("own.wait_for_end", 0);
  std::vector<penstock::AsyncResult<int>> results;
  std::atomic<int> next{0};
  std::vector<int> ended(3);
  for (const int priority : {0, 2, 1}) {
    results.push_back(pool.submit<int>(
        penstock::CallOptions{.priority = priority}, "own.square", priority,
        [&ended, &next, priority](int) { ended[static_cast<std::size_t>(next++)] = priority; }));
  }
  running.cancel(penstock::Cancel::running);
  pool.close();
  pool.join();
  CHECK(ended == std::vector<int>{2, 1, 0});
}

TEST_CASE("submitting waits, or fails, while too much waits") {
  Pool pool({.processes = 1, .queue = 2});
  auto running = pool.apply_async<std::int64_t>("own.wait_for_end", 0);
  std::vector<penstock::AsyncResult<int>> taken;
  std::optional<penstock::AsyncResult<int>> next;
  // The first may still be among those that wait, or one of these with the worker already.
  while ((next = pool.try_apply_async<int>("own.square", 1))) taken.push_back(*next);
  CHECK(taken.size() >= 1);
  CHECK(taken.size() <= 3);
  std::thread other([&] { taken.push_back(pool.apply_async<int>("own.square", 3)); });
  running.cancel(penstock::Cancel::running);
  other.join();
  CHECK(taken.back().get() == 9);
}

TEST_CASE("a closed pool takes nothing, and is joined") {
  Pool pool({.processes = 2});
  auto result = pool.apply_async<int>("own.square", 3);
  CHECK_THROWS_WITH(pool.join(), Catch::Contains("close() or terminate() it first"));
  pool.close();
  CHECK_THROWS_WITH(pool.apply<int>("own.square", 1), Catch::Contains("the pool is closed"));
  pool.join();
  CHECK(result.ready());
  CHECK(result.get() == 9);
  CHECK(worker_pids().empty());
  pool.join();  // once more does no harm
}

TEST_CASE("a terminated pool ends what runs, and each call hears of it") {
  Pool pool({.processes = 2});
  std::atomic<int> done{0};
  std::atomic<int> failed{0};
  for (int i = 0; i < 20; ++i) {
    pool.apply_async<void>(
        "own.spin", 0, [&] { ++done; },
        [&](const TaskError& error) {
          if (error.kind() == TaskError::Kind::cancelled) ++failed;
        });
  }
  pool.terminate();
  pool.join();
  CHECK(done == 0);
  CHECK(failed == 20);
  CHECK(worker_pids().empty());
}

TEST_CASE("leaving the scope waits for the work, and while an exception passes ends it") {
  penstock::AsyncResult<int> result;
  {
    Pool pool({.processes = 1});
    result = pool.apply_async<int>("own.square", 6);
  }
  CHECK(result.get() == 36);
  CHECK(worker_pids().empty());
  penstock::AsyncResult<void> spinning;
  try {
    Pool pool({.processes = 1});
    spinning = pool.apply_async<void>("own.spin", 0);
    throw std::runtime_error("passes");
  } catch (const std::runtime_error&) {
  }
  CHECK(spinning.cancelled());
  CHECK(worker_pids().empty());
}

TEST_CASE("shutdown as in concurrent.futures") {
  Pool pool({.processes = 1});
  auto running = pool.apply_async<std::int64_t>("own.take_long", 50);
  auto waiting = pool.apply_async<int>("own.square", 2);
  pool.shutdown(true, true);
  CHECK(running.ready());
  CHECK((waiting.cancelled() || waiting.get() == 4));  // it may have been with the worker
}

TEST_CASE("each process is initialised before its first call") {
  Pool pool({.processes = 2, .initializer = {"own.prepare", 17}});
  std::set<std::int64_t> seen;
  for (int i = 0; i < 20; ++i) seen.insert(pool.apply<std::int64_t>("own.prepared"));
  CHECK(seen == std::set<std::int64_t>{17});
}

TEST_CASE("a pool whose initializer fails ends with its text") {
  Pool pool({.processes = 1, .initializer = {"own.refuse", 1}});
  auto result = pool.apply_async<int>("own.square", 1);
  REQUIRE(result.wait_for(kLong));
  REQUIRE(result.error() != nullptr);
  CHECK(result.error()->kind() == TaskError::Kind::not_run);
  CHECK_THAT(result.error()->what(), Catch::Contains("it does not start here"));
  CHECK_THROWS_WITH(pool.apply<int>("own.square", 1), Catch::Contains("it does not start here"));
}

TEST_CASE("processes are replaced after so many calls, and no call is lost") {
  Pool pool({.processes = 1, .recycle = 5});
  std::vector<std::int64_t> pids;
  for (int i = 0; i < 20; ++i) pids.push_back(pool.apply<std::int64_t>("own.pid"));
  CHECK(std::set<std::int64_t>(pids.begin(), pids.end()).size() == 4);
  CHECK(std::count(pids.begin(), pids.end(), pids.front()) == 5);
}

TEST_CASE("several threads use one pool") {
  Pool pool({.processes = 2});
  std::vector<std::thread> threads;
  std::atomic<std::int64_t> sum{0};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) sum += pool.apply<std::int64_t>("own.add", t, i);
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(sum == 200 * 28 + 8 * 19900);
}

TEST_CASE("a value that is more than one is an error") {
  Pool pool({.processes = 1});
  CHECK_THROWS_WITH(pool.apply<int>("own.twice", 1), Catch::Contains("several values"));
}

TEST_CASE("a shared object comes along with a call") {
  Pool pool({.processes = 2});
  penstock::Queue<std::int64_t> queue;
  auto a = pool.apply_async<void>("own.count_up", queue, 100);
  auto b = pool.apply_async<void>("own.count_up", queue, 50);
  a.get();
  b.get();
  CHECK(queue.size() == 150);
}

TEST_CASE("ten thousand pools leave nothing behind", "[no-sanitizer]") {
  { Pool(penstock::PoolOptions{.processes = 1}).apply<int>("own.square", 1); }
  const Holdings before = holdings();
  const std::size_t memory = resident();
  {
    const Pool kept({.processes = 1});  // what all pools stand on stays for these
    for (int i = 0; i < 9'900; ++i) Pool pool({.processes = 1});
  }
  for (int i = 0; i < 100; ++i) {
    Pool pool({.processes = 1});
    REQUIRE(pool.apply<int>("own.square", i) == i * i);
  }
  CHECK(holdings() == before);
  CHECK(resident() < memory + (16u << 20));
}
