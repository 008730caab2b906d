// Ranges of arguments that are empty, throw, or are given out in chunks, and elements that fail.
#include <chrono>
#include <ranges>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "catch.hpp"
#include "gate.hpp"
#include "own_tasks.hpp"
#include "penstock/pool.hpp"
#include "worker_pids.hpp"

using namespace std::chrono_literals;
using penstock::Pool;
using penstock::TaskError;

namespace {

using Numbers = std::vector<std::int64_t>;
using Pairs = std::vector<std::pair<std::int64_t, std::int64_t>>;

// 0, 1, ... up to there, and then an exception.
auto throwing_at(std::int64_t place) {
  return std::views::iota(std::int64_t{0}, std::int64_t{20}) |
         std::views::transform([=](std::int64_t n) {
           if (n == place) throw std::out_of_range("the range is torn");
           return n;
         });
}

}  // namespace

TEST_CASE("a range of arguments that throws does so behind the values before it") {
  Pool pool({.processes = 2});
  for (const std::int64_t place : {0, 1, 3, 19}) {
    for (const std::size_t chunk : {0u, 1u, 4u}) {
      auto results = pool.imap<std::int64_t>("own.square", throwing_at(place), {.chunk = chunk});
      for (std::int64_t i = 0; i < place; ++i) CHECK(results.next() == i * i);
      CHECK_THROWS_WITH(results.next(), "the range is torn");
      CHECK_FALSE(results.next());  // that was its end
    }
    auto unordered = pool.imap_unordered<std::int64_t>("own.square", throwing_at(place));
    std::int64_t sum = 0;
    for (std::int64_t i = 0; i < place; ++i) sum += unordered.next().value();
    CHECK(sum == (place - 1) * place * (2 * place - 1) / 6);
    CHECK_THROWS_WITH(unordered.next(), "the range is torn");
    CHECK_FALSE(unordered.next());
    CHECK_THROWS_WITH(pool.map<std::int64_t>("own.square", throwing_at(place)),
                      "the range is torn");
    CHECK_THROWS_WITH(pool.map_async<std::int64_t>("own.square", throwing_at(place)),
                      "the range is torn");
  }
  CHECK(pool.apply<std::int64_t>("own.square", 3) == 9);
}

TEST_CASE("of no arguments come no values, and nothing is started") {
  Pool pool({.processes = 2});
  const Numbers none;
  CHECK(pool.map<std::int64_t>("own.square", none).empty());
  CHECK(pool.map<std::int64_t>("own.square", none, {.chunk = 5}).empty());
  CHECK(pool.starmap<std::int64_t>("own.add", Pairs()).empty());
  CHECK(pool.map_async<std::int64_t>("own.square", none).get().empty());
  CHECK(pool.starmap_async<std::int64_t>("own.add", Pairs()).get().empty());
  CHECK_FALSE(pool.imap<std::int64_t>("own.square", none).next());
  auto unordered = pool.imap_unordered<std::int64_t>("own.square", none);
  CHECK_FALSE(unordered.next());
  CHECK_FALSE(unordered.next());
  CHECK(pool.stats().workers == 0);
}

TEST_CASE("elements that are several arguments, in chunks of any size") {
  Pool pool({.processes = 2});
  Pairs pairs;
  Numbers sums;
  for (std::int64_t i = 0; i < 50; ++i) pairs.emplace_back(i, 2 * i), sums.push_back(3 * i);
  for (const std::size_t chunk : {0u, 1u, 7u, 50u, 1'000u}) {
    CHECK(pool.starmap<std::int64_t>("own.add", pairs, {.chunk = chunk}) == sums);
    Numbers found;
    for (const auto sum : pool.imap<std::int64_t>("own.add", pairs, {.chunk = chunk})) {
      found.push_back(sum);
    }
    CHECK(found == sums);
  }
  auto later = pool.starmap_async<std::int64_t>("own.add", pairs);
  CHECK(later.get() == sums);
}

TEST_CASE("an element that takes too long throws where its turn comes") {
  Pool pool({.processes = 1, .attempts = 1, .grace = 1ms});
  auto results =
      pool.imap<std::int64_t>("own.take_long", Numbers{0, 0, 600'000, 1}, {.timeout = 1'000ms});
  CHECK(results.next() == 0);
  CHECK(results.next() == 0);
  try {
    results.next();
    FAIL("nothing was thrown");
  } catch (const TaskError& error) {
    CHECK(error.kind() == TaskError::Kind::timed_out);
  }
  CHECK(results.next() == 1);
  CHECK_FALSE(results.next());
}

TEST_CASE("a map that fails holds up neither its caller nor the end of its pool") {
  const Gate gate;
  Pool pool({.processes = 2});
  auto running = gate.running(pool, 1);
  Pairs pairs;
  for (std::int64_t i = 0; i < 100; ++i) pairs.emplace_back(20, i);
  auto later = pool.starmap_async<std::int64_t>("own.fail_at", pairs);
  CHECK_THROWS_WITH(later.get(), Catch::Contains("no 20 here"));
  CHECK_THROWS_WITH(pool.starmap<std::int64_t>("own.fail_at", pairs, {.chunk = 10}),
                    Catch::Contains("no 20 here"));
  CHECK_FALSE(running.ready());
  gate.open.set();
  pool.close();
  CHECK(pool.join_for(1min));
  CHECK(worker_pids().empty());
}

TEST_CASE("results that were read are not kept", "[no-sanitizer]") {
  Pool pool({.processes = 2});
  const std::string text(1'000'000, 'x');
  const std::vector<std::pair<std::int64_t, std::string>> calls(100, {2, text});
  const std::size_t before = resident();
  std::size_t count = 0;
  for (const std::string& twice : pool.imap<std::string>("own.repeat", calls)) {
    count += twice.size() == 2'000'000 ? 1 : 0;
    REQUIRE(resident() < before + (128u << 20));
  }
  CHECK(count == 100);
}
