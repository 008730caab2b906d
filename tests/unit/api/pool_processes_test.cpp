// How many processes a pool has, when they are started and prepared, and when they cannot be.
#include <fcntl.h>
#include <sys/resource.h>

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "gate.hpp"
#include "own_tasks.hpp"
#include "penstock/pool.hpp"
#include "penstock/process.hpp"
#include "worker_pids.hpp"

using namespace std::chrono_literals;
using penstock::Pool;

namespace {

// As long as it stands, the program may have so many descriptors more than now, also where closed
// ones have left gaps.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(std::size_t more) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit less = before_;
    for (less.rlim_cur = 0;; ++less.rlim_cur) {
      if (::fcntl(static_cast<int>(less.rlim_cur), F_GETFD) >= 0) continue;
      if (more-- == 0) break;
    }
    ::setrlimit(RLIMIT_NOFILE, &less);
  }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;
  ~DescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("a pool has as many processes as it was told, and no more, whatever waits") {
  const Gate gate;
  Pool pool({.processes = 3});
  CHECK(pool.stats().workers == 0);
  std::vector<penstock::AsyncResult<std::int64_t>> results;
  for (int i = 0; i < 15 * 3; ++i) results.push_back(gate.call(pool, i));
  std::set<std::int64_t> pids;
  for (int i = 0; i < 3; ++i) pids.insert(gate.entered.get());
  CHECK(pids.size() == 3);
  CHECK(worker_pids().size() == 3);
  CHECK(pool.stats().workers == 3);
  CHECK(gate.entered.empty());
  gate.open.set();
  std::int64_t sum = 0;
  for (const auto& result : results) sum += result.get();
  CHECK(sum == 44 * 45 / 2);
  while (const auto pid = gate.entered.try_get()) CHECK(pids.contains(*pid));
}

TEST_CASE("no number of processes is one for each core") {
  Pool pool;
  const Gate gate;
  for (unsigned i = 0; i < penstock::cpu_count(); ++i) gate.call(pool, i);
  for (unsigned i = 0; i < penstock::cpu_count(); ++i) gate.entered.get();
  CHECK(pool.stats().workers == penstock::cpu_count());
  gate.open.set();
}

TEST_CASE("a process that has nothing to do is used before another is started") {
  Pool pool({.processes = 4});
  for (int i = 0; i < 8; ++i) CHECK(pool.apply<int>("own.square", i) == i * i);
  CHECK(pool.stats().workers == 1);
  const Gate gate;
  auto one = gate.running(pool, 1);
  auto two = gate.running(pool, 2);
  CHECK(pool.stats().workers == 2);
  gate.open.set();
  CHECK(one.get() + two.get() == 3);
  for (int i = 0; i < 8; ++i) pool.apply<int>("own.square", i);
  CHECK(pool.stats().workers == 2);
}

TEST_CASE("two hundred processes", "[no-sanitizer]") {
  const Gate gate;
  Pool pool({.processes = 200});
  std::vector<penstock::AsyncResult<std::int64_t>> results;
  for (int i = 0; i < 200; ++i) results.push_back(gate.call(pool, i));
  std::set<std::int64_t> pids;
  for (int i = 0; i < 200; ++i) pids.insert(gate.entered.get());
  CHECK(pids.size() == 200);
  gate.open.set();
  std::int64_t sum = 0;
  for (const auto& result : results) sum += result.get();
  CHECK(sum == 199 * 200 / 2);
}

TEST_CASE("more calls than are taken wait for their turn, all of them") {
  const Gate gate;
  Pool pool({.processes = 1, .queue = 50'000});
  auto running = gate.running(pool, 1);
  std::vector<penstock::AsyncResult<std::int64_t>> results;
  for (int i = 0; i < 20'000; ++i) results.push_back(pool.submit<std::int64_t>("own.square", i));
  CHECK_FALSE(results.front().ready());
  gate.open.set();
  CHECK(penstock::wait(results));
  CHECK(results.back().get() == std::int64_t{19'999} * 19'999);
}

TEST_CASE("each of several processes has run the initializer") {
  Pool pool({.processes = 2, .initializer = {"own.prepare", 17}});
  const Gate first;
  const Gate second;
  const auto one = first.running(pool, 1);  // so that the other answers
  CHECK(pool.apply<std::int64_t>("own.prepared") == 17);
  const auto two = second.running(pool, 2);
  first.open.set();
  CHECK(one.get() == 1);
  CHECK(pool.apply<std::int64_t>("own.prepared") == 17);
  CHECK(pool.stats().workers == 2);
  second.open.set();
}

TEST_CASE("a pool that cannot have what it needs says so and leaves nothing behind") {
  { Pool(penstock::PoolOptions{.processes = 1}).apply<int>("own.square", 1); }
  const Holdings before = holdings();
  std::optional<std::size_t> enough;
  for (std::size_t more = 0; more < 200 && !enough; ++more) {
    try {
      const DescriptorLimit limit(more);
      Pool pool({.processes = 1});
      const int nine = pool.apply<int>("own.square", 3);
      CHECK(nine == 9);
      enough = more;
    } catch (const penstock::Error& error) {
      CHECK_FALSE(std::string(error.what()).empty());
    }
    CHECK(eventually([&] { return holdings() == before; }));
  }
  CHECK(enough);
  CHECK(enough > 0u);
}

TEST_CASE("an initializer that fails leaves nothing behind") {
  { Pool(penstock::PoolOptions{.processes = 1}).apply<int>("own.square", 1); }
  const Holdings before = holdings();
  {
    Pool pool({.processes = 2, .initializer = {"own.refuse", 1}});
    auto result = pool.submit<int>("own.square", 1);
    REQUIRE(result.error() != nullptr);
    CHECK_THAT(result.error()->what(), Catch::Contains("it does not start here"));
    CHECK_THROWS_WITH(pool.submit<int>("own.square", 1), Catch::Contains("it does not start here"));
  }
  CHECK(worker_pids().empty());
  CHECK(eventually([&] { return holdings() == before; }));
}
