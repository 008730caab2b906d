// Values that cannot be written or read, tasks that throw, and what is let go of after a call.
#include <signal.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
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

constexpr const char* kNothing = "own.odd: the task gave no value, and one is wanted";
constexpr const char* kSeveral = "it gave several values, and a call has one";
using Numbers = std::vector<std::int64_t>;

// What is written is not what its type says.
struct Liar {
  std::string nothing;
};
// Of a type that there is not.
struct Untold {
  std::string nothing;
};

constexpr const char* kDifficult = "this value is difficult";

}  // namespace

template <>
struct penstock::sdk::Codec<Liar> {
  static std::string type(int) { return "record{x:float,y:float}"; }
  static void write(CborWriter& out, const Liar&) { out.null(); }
};

template <>
struct penstock::sdk::Codec<Untold> {
  static std::string type(int) { return "record{"; }
  static void write(CborWriter& out, const Untold&) { out.null(); }
};

TEST_CASE("an argument that cannot be written throws at once, and is no call") {
  Pool pool({.processes = 1});
  for (int i = 0; i < 20; ++i) {
    CHECK_THROWS_WITH(pool.apply<int>("own.take_difficult", Difficult{"throw", ""}), kDifficult);
  }
  const std::vector<Difficult> third{{}, {}, {"throw", ""}, {}};
  CHECK_THROWS_WITH(pool.map<int>("own.take_difficult", third), kDifficult);
  CHECK_THROWS_WITH(pool.map_async<int>("own.take_difficult", third), kDifficult);
  CHECK_THROWS_AS(pool.apply<int>("own.square", std::numeric_limits<std::uint64_t>::max()),
                  std::range_error);
  CHECK(pool.apply<int>("own.take_difficult", Difficult{}) == 1);
  CHECK_THROWS_WITH(pool.submit<int>("own.take_difficult", Difficult{"throw", ""}), kDifficult);
  pool.shutdown(false);
  pool.join();
  CHECK(worker_pids().empty());
}

TEST_CASE("an argument whose reading fails, exits or crashes costs its call alone") {
  Pool pool({.processes = 1, .attempts = 1});
  for (const std::string what : {"throw", "exit", "abort"}) {
    auto before = pool.submit<int>("own.square", 3);
    auto bad = pool.submit<int>("own.take_difficult", Difficult{"", what});
    auto after = pool.submit<int>("own.square", 4);
    REQUIRE(bad.error() != nullptr);
    CHECK(bad.error()->kind() ==
          (what == "throw" ? TaskError::Kind::failed : TaskError::Kind::crashed));
    REQUIRE(bad.error()->attempts().size() == 1);
    const TaskError::Attempt& attempt = bad.error()->attempts().front();
    if (what == "throw") CHECK_THAT(attempt.message, Catch::Contains(kDifficult));
    CHECK(attempt.exit == (what == "exit" ? 3 : 0));
    CHECK(attempt.signal == (what == "abort" ? SIGABRT : 0));
    CHECK(before.get() == 9);
    CHECK(after.get() == 16);
  }
}

TEST_CASE("a result whose writing fails, exits or crashes costs its call alone") {
  Pool pool({.processes = 1, .attempts = 1});
  for (const std::string what : {"throw", "exit", "abort"}) {
    auto before = pool.submit<int>("own.square", 3);
    auto bad = pool.submit<Difficult>("own.make_difficult", what, "");
    auto after = pool.submit<int>("own.square", 4);
    REQUIRE(bad.error() != nullptr);
    CHECK(bad.error()->kind() ==
          (what == "throw" ? TaskError::Kind::failed : TaskError::Kind::crashed));
    CHECK(before.get() == 9);
    CHECK(after.get() == 16);
  }
  for (int i = 0; i < 20; ++i) {
    CHECK_THROWS_WITH(pool.apply<Difficult>("own.make_difficult", "throw", ""),
                      Catch::Contains(kDifficult));
  }
  CHECK(pool.apply<Difficult>("own.make_difficult", "", "").read.empty());
}

TEST_CASE("a result that cannot be read throws where it is asked for, and callbacks hear of it") {
  Pool pool({.processes = 1});
  auto bad = pool.submit<Difficult>("own.make_difficult", "", "throw");
  CHECK_THROWS_WITH(bad.get(), kDifficult);
  CHECK_THROWS_WITH(bad.get(), kDifficult);
  const std::vector<std::pair<std::string, std::string>> three{{"", ""}, {"", "throw"}, {"", ""}};
  auto results = pool.imap<Difficult>("own.make_difficult", three);
  CHECK(results.next());
  CHECK_THROWS_WITH(results.next(), kDifficult);
  CHECK(results.next());
  CHECK_FALSE(results.next());
  CHECK_THROWS_WITH(pool.map_async<Difficult>("own.make_difficult", three).get(), kDifficult);
  std::atomic<int> values{0};
  std::vector<std::string> errors;  // of callbacks
  const auto note = [&](const TaskError& error) { errors.push_back(error.what()); };
  for (const char* what : {"throw", ""}) {
    pool.apply_async<Difficult>(
        "own.make_difficult", "", what, [&](const Difficult&) { ++values; }, note);
  }
  pool.map_async<Difficult>(
      "own.make_difficult", three, [&](const std::vector<Difficult>&) { ++values; }, note);
  pool.close();
  pool.join();
  CHECK(values == 1);
  REQUIRE(errors.size() == 2);
  for (const std::string& error : errors) CHECK_THAT(error, Catch::Contains(kDifficult));
}

TEST_CASE("an argument that is not what its type says costs its call alone") {
  Pool pool({.processes = 1});
  const auto fails = Catch::Contains("its input cannot be converted");
  CHECK_THROWS_WITH(pool.apply<double>("own.norm", Liar{}), fails);
  CHECK_THROWS_WITH(pool.map<double>("own.norm", std::vector<Liar>(3), {.chunk = 3}), fails);
  CHECK(pool.apply<double>("own.norm", Point{3, 4}) == 25);
  CHECK_THROWS_WITH(pool.apply<double>("own.norm", Untold{}), Catch::Contains("record{"));

  Pool other({.processes = 1, .initializer = {"own.norm", Liar{}}});
  CHECK_THROWS_WITH(other.apply<int>("own.square", 2), fails);
}

TEST_CASE("a value that is wanted and was not given throws where its turn comes") {
  Pool pool({.processes = 1});
  const Numbers three{1, 2, 3};
  for (const std::size_t chunk : {1u, 3u}) {
    auto results = pool.imap<std::int64_t>("own.odd", three, {.chunk = chunk});
    CHECK(results.next() == 1);
    CHECK_THROWS_WITH(results.next(), kNothing);
    CHECK(results.next() == 3);
    CHECK_FALSE(results.next());
    CHECK_THROWS_AS(pool.map<std::int64_t>("own.odd", three, {.chunk = chunk}), TaskError);
    pool.map<void>("own.odd", three, {.chunk = chunk});  // none is wanted
  }
  // One after the other, and many at a time.
  CHECK_THROWS_WITH(pool.map_async<std::int64_t>("own.odd", three).get(), kNothing);
  CHECK_THROWS_WITH(pool.map_async<std::int64_t>("own.odd", Numbers(100, 2)).get(), kNothing);
  CHECK_THROWS_WITH(pool.apply<std::int64_t>("own.odd", 2), kNothing);
  std::string told;
  bool given = false;
  pool.map_async<std::int64_t>(
      "own.odd", three, [&](const Numbers&) { given = true; },
      [&](const TaskError& error) { told = error.what(); });
  pool.close();
  pool.join();
  CHECK_FALSE(given);
  CHECK(told == kNothing);
}

TEST_CASE("each value of a chunk may ask for the id of the item that they are") {
  Pool pool({.processes = 1});
  const auto ids = pool.map<std::string>("own.item_and_process", Numbers(10), {.chunk = 10});
  CHECK(ids == std::vector<std::string>(10, ids.front()));
  CHECK(pool.apply<std::string>("own.item_and_process", 1) != ids.front());
}

TEST_CASE("a call that gives several values fails, alone or among others") {
  Pool pool({.processes = 1});
  // All in the ring, and most in pages.
  for (const std::int64_t count : {2, 5'000}) {
    CHECK_THROWS_WITH(pool.apply<int>("own.many", count), Catch::Contains(kSeveral));
    auto results = pool.imap<int>("own.many", Numbers{1, count, 1}, {.chunk = 3});
    CHECK(results.next() == 0);
    CHECK_THROWS_WITH(results.next(), Catch::Contains(kSeveral));
    CHECK(results.next() == 0);
    CHECK_FALSE(results.next());
  }
  CHECK(pool.apply<int>("own.many", 1) == 0);
}

TEST_CASE("what a task throws comes with its task, its call, its attempt and its process") {
  Pool pool({.processes = 1});
  for (const bool later : {false, true}) {
    try {
      if (later) {
        pool.apply_async<int>("own.fail_at", 7, 7).get();
      } else {
        pool.apply<int>("own.fail_at", 7, 7);
      }
      FAIL("nothing was thrown");
    } catch (const TaskError& error) {
      CHECK(error.kind() == TaskError::Kind::failed);
      CHECK_THAT(error.what(), Catch::Contains("no 7 here") && Catch::Contains("own.fail_at"));
      CHECK(error.task() == "own.fail_at");
      CHECK_THAT(error.call(), Catch::StartsWith("own.fail_at"));
      REQUIRE(error.attempts().size() == 1);  // to throw is an answer: it is not tried again
      const TaskError::Attempt& attempt = error.attempts().front();
      CHECK_THAT(attempt.message, Catch::Contains("no 7 here"));
      CHECK_THAT(attempt.worker, Catch::Contains("worker-"));
      CHECK(attempt.signal == 0);
      CHECK(attempt.exit == 0);
      CHECK(attempt.seconds >= 0);
    }
  }
}

TEST_CASE("a crash with large arguments on their way takes none of them along") {
  Pool pool({.processes = 2, .attempts = 1});
  const std::string large(5'000'000, 'x');
  std::vector<penstock::AsyncResult<std::int64_t>> results;
  for (int i = 0; i < 20; ++i) {
    results.push_back(
        pool.submit<std::int64_t>("own.survive", i % 5 == 2 ? "abort" + large : large));
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (i % 5 != 2) {
      CHECK(results[i].get() == 5'000'000);
    } else {
      REQUIRE(results[i].error() != nullptr);
      CHECK(results[i].error()->kind() == TaskError::Kind::crashed);
    }
  }
}

TEST_CASE("what a call was given is let go of when it has ended, here and in its process") {
  Pool pool({.processes = 1});
  const auto descriptors = [&] {
    return std::pair(holdings().descriptors, pool.apply<std::int64_t>("own.count_descriptors"));
  };
  const auto count = [&](const penstock::Queue<std::int64_t>& queue) {
    return pool.submit<void>("own.count_up", queue, 1);
  };
  const auto map = [&] {
    const std::vector<std::pair<penstock::Queue<std::int64_t>, std::int64_t>> pairs(10);
    pool.map<void>("own.count_up", pairs, {.chunk = 5});
  };
  map();
  count(penstock::Queue<std::int64_t>()).get();
  const auto before = descriptors();
  {
    const penstock::Queue<std::int64_t> held;
    CHECK(holdings().descriptors > before.first);  // or there would be nothing to see
  }
  std::vector<penstock::AsyncResult<void>> results;
  for (int i = 0; i < 20; ++i) results.push_back(count(penstock::Queue<std::int64_t>()));
  CHECK(penstock::wait(results));
  CHECK(eventually([&] { return descriptors() == before; }));
  map();
  CHECK(eventually([&] { return descriptors() == before; }));
}
