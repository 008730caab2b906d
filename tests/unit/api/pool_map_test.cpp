// map and its kin: order, laziness, errors, and what becomes of values given together.
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <numeric>
#include <ranges>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "catch.hpp"
#include "own_tasks.hpp"
#include "penstock/pool.hpp"
#include "worker_pids.hpp"

using namespace std::chrono_literals;
using penstock::Pool;
using penstock::TaskError;

namespace {

std::vector<std::int64_t> numbers(std::int64_t count) {
  std::vector<std::int64_t> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), std::int64_t{0});
  return values;
}

bool squares(const std::vector<std::int64_t>& found) {
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i] != static_cast<std::int64_t>(i * i)) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("map gives the values in the order of the arguments") {
  Pool pool({.processes = 2});
  for (const std::int64_t count : {0, 1, 2, 7, 1'000, 100'000}) {
    const auto found = pool.map<std::int64_t>("own.square", numbers(count));
    CHECK(found.size() == static_cast<std::size_t>(count));
    CHECK(squares(found));
  }
  for (const std::size_t chunk : {1u, 3u, 1'000u}) {
    CHECK(squares(pool.map<std::int64_t>("own.square", numbers(1'000), {.chunk = chunk})));
  }
}

TEST_CASE("map over tuples, texts, structs and views") {
  Pool pool({.processes = 2});
  const std::vector<std::tuple<int, int>> pairs{{1, 2}, {3, 4}};
  CHECK(pool.starmap<int>("own.add", pairs) == std::vector<int>{3, 7});
  const std::vector<std::string> words{"a", "bcd", ""};
  CHECK(pool.map<int>("own.length", words) == std::vector<int>{1, 3, 0});
  CHECK(pool.map<double>("own.norm", std::vector<Point>{{1, 2}, {3, 4}}) ==
        std::vector<double>{5, 25});
  const auto ten = numbers(10);
  auto odd = ten | std::views::filter([](std::int64_t n) { return n % 2 == 1; });
  CHECK(pool.map<std::int64_t>("own.square", odd) == std::vector<std::int64_t>{1, 9, 25, 49, 81});
  pool.map<void>("own.nothing", numbers(5));
}

TEST_CASE("the first that fails is thrown") {
  Pool pool({.processes = 2});
  std::vector<std::tuple<int, int>> arguments;
  for (int i = 0; i < 1'000; ++i) arguments.emplace_back(500, i);
  try {
    pool.starmap<int>("own.fail_at", arguments);
    FAIL("nothing was thrown");
  } catch (const TaskError& error) {
    CHECK(error.kind() == TaskError::Kind::failed);
    CHECK_THAT(error.what(), Catch::Contains("no 500 here"));
    CHECK(error.task() == "own.fail_at");
  }
  CHECK(pool.apply<int>("own.square", 2) == 4);
}

TEST_CASE("imap throws where the turn of the failed one comes, and goes on behind it") {
  Pool pool({.processes = 2});
  std::vector<std::tuple<int, int>> arguments;
  for (int i = 0; i < 100; ++i) arguments.emplace_back(50, i);
  auto results = pool.imap<int>("own.fail_at", arguments);
  std::vector<int> found;
  int thrown = 0;
  for (;;) {
    try {
      const auto value = results.next();
      if (!value) break;
      found.push_back(*value);
    } catch (const TaskError&) {
      ++thrown;
      CHECK(found.size() == 50);
    }
  }
  CHECK(thrown == 1);
  CHECK(found.size() == 99);
  CHECK(std::ranges::is_sorted(found));
}

TEST_CASE("one that kills its process costs the others nothing") {
  Pool pool({.processes = 2, .attempts = 2});
  std::vector<std::tuple<int, int>> arguments;
  for (int i = 0; i < 1'000; ++i) arguments.emplace_back(333, i);
  auto results = pool.imap<int>("own.die_at", arguments, {.chunk = 100});
  std::set<int> found;
  int thrown = 0;
  for (;;) {
    try {
      const auto value = results.next();
      if (!value) break;
      found.insert(*value);
    } catch (const TaskError& error) {
      ++thrown;
      CHECK(error.kind() == TaskError::Kind::crashed);
      CHECK(error.attempts().size() == 2);
      CHECK(error.attempts().front().signal == SIGABRT);
    }
  }
  CHECK(thrown == 1);
  CHECK(found.size() == 999);
}

TEST_CASE("an endless range is read as far as it is wanted") {
  Pool pool({.processes = 2});
  std::atomic<std::int64_t> read{0};
  const auto endless = std::views::iota(std::int64_t{0}) |
                       std::views::transform([&](std::int64_t n) { return ++read, n; });
  const std::size_t before = resident();
  std::int64_t count = 0;
  for (const std::int64_t square : pool.imap_unordered<std::int64_t>("own.square", endless)) {
    CHECK(square >= 0);
    if (++count == 200'000) break;
  }
  CHECK(count == 200'000);
  CHECK(read < 600'000);
  CHECK(resident() < before + (128u << 20));
  CHECK(pool.apply<int>("own.square", 2) == 4);
}

TEST_CASE("so many are under way as the window says") {
  Pool pool({.processes = 2});
  std::int64_t read = 0;
  const auto endless = std::views::iota(std::int64_t{0}) |
                       std::views::transform([&](std::int64_t n) { return ++read, n; });
  std::int64_t count = 0;
  for (const std::int64_t value : pool.imap<std::int64_t>("own.square", endless, {.window = 10})) {
    CHECK(value == count * count);
    ++count;
    REQUIRE(read <= count + 10);
    if (count == 100) break;
  }
}

TEST_CASE("unordered results are complete") {
  Pool pool({.processes = 2});
  std::set<std::int64_t> found;
  for (const auto n : pool.imap_unordered<std::int64_t>("own.square", numbers(10'000))) {
    found.insert(n);
  }
  CHECK(found.size() == 10'000);
  CHECK(*found.rbegin() == 9'999 * 9'999);
}

TEST_CASE("map_async gives all values at once, or the first error") {
  Pool pool({.processes = 2});
  std::atomic<std::size_t> called{0};
  auto result = pool.map_async<std::int64_t>(
      "own.square", numbers(10'000),
      [&](const std::vector<std::int64_t>& all) { called = all.size(); });
  CHECK(squares(result.get()));
  CHECK(pool.map_async<std::int64_t>("own.square", numbers(0)).get().empty());

  std::vector<std::tuple<int, int>> arguments;
  for (int i = 0; i < 100; ++i) arguments.emplace_back(50, i);
  std::atomic<int> failed{0};
  auto bad = pool.starmap_async<int>(
      "own.fail_at", arguments, [](const std::vector<int>&) {},
      [&](const TaskError&) { ++failed; });
  CHECK_THROWS_WITH(bad.get(), Catch::Contains("no 50 here"));
  pool.close();
  pool.join();
  CHECK(called == 10'000);
  CHECK(failed == 1);
}

TEST_CASE("a map that fails while parts of it wait to be submitted leaves none in the account") {
  Pool pool({.processes = 1, .queue = 1});
  const std::vector<std::int64_t> even(1'000, 2);  // of which own.odd gives nothing
  CHECK_THROWS_AS(pool.map_async<std::int64_t>("own.odd", even).get(), TaskError);
  CHECK(pool.map_async<std::int64_t>("own.square", numbers(1'000)).get().size() == 1'000);
  pool.close();
  REQUIRE(pool.join_for(60s));
}

TEST_CASE("a map that a closed pool refuses does not hold up its end") {
  Pool pool({.processes = 1});
  CHECK(pool.map<std::int64_t>("own.square", numbers(10)).size() == 10);
  pool.close();
  CHECK_THROWS_WITH(pool.map_async<std::int64_t>("own.square", numbers(10)),
                    "the pool is closed: it takes no more calls");
  REQUIRE(pool.join_for(60s));
}
