#include <penstock/queue.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "comes_true.hpp"
#include "forked.hpp"
#include "throws_on_thread.hpp"

namespace penstock {
namespace queue_test {

enum class Shade { light, dark };
PENSTOCK_ENUM(Shade, light, dark)

struct Row {
  std::int64_t id;
  double weight;
  char name[8];
};
PENSTOCK_FIELDS(Row, id, weight, name)

struct Job {
  std::string url;
  std::optional<int> depth;
  std::map<std::string, std::vector<double>> scores;
};
PENSTOCK_FIELDS(Job, url, depth, scores)

using namespace std::chrono_literals;
using sync::comes_true;
using sync::Forked;

template <class T>
T through(const T& value) {
  Queue<T> queue;
  queue.put(value);
  return queue.get();
}

TEST_CASE("values of every kind come out of a queue as they were put in") {
  CHECK(through(-7) == -7);
  CHECK(through(std::numeric_limits<std::int64_t>::min()) ==
        std::numeric_limits<std::int64_t>::min());
  CHECK(through(std::uint8_t{255}) == 255);
  CHECK(through(2.5) == 2.5);
  CHECK(through(true));
  CHECK(through(Shade::dark) == Shade::dark);
  CHECK(through(std::string("a\0b", 3)) == std::string("a\0b", 3));
  CHECK(through(std::string()).empty());
  CHECK(through(std::vector<std::byte>(3, std::byte{9})) ==
        std::vector<std::byte>(3, std::byte{9}));
  CHECK(through(std::vector<int>{1, 2, 3}) == std::vector<int>{1, 2, 3});
  CHECK(through(std::tuple(1, std::string("b"), 2.0)) == std::tuple(1, std::string("b"), 2.0));
  CHECK(through(std::optional<int>()) == std::nullopt);
  const Row row = through(Row{4, 0.5, "oak"});
  CHECK((row.id == 4 && row.weight == 0.5 && std::string(row.name) == "oak"));
  const Job job = through(Job{"http://x", 3, {{"a", {1.0, 2.0}}}});
  CHECK((job.url == "http://x" && job.depth == 3 && job.scores.at("a").size() == 2));
}

TEST_CASE("size, empty, full and maxsize are exact") {
  Queue<int> queue(6);
  CHECK((queue.empty() && !queue.full() && queue.size() == 0 && queue.maxsize() == 6));
  queue.put(1);
  CHECK((!queue.empty() && !queue.full() && queue.qsize() == 1));
  queue.put(2, 10s);
  CHECK(queue.try_put(3));
  CHECK(queue.put_nowait(4));
  queue.put(5);
  queue.put(6);
  CHECK((queue.full() && queue.size() == 6));
  CHECK_FALSE(queue.try_put(7));
  CHECK_FALSE(queue.put(7, 1ms));
  CHECK_FALSE(queue.put(7, -1s));
  for (int i = 1; i != 7; ++i) CHECK(queue.get() == i);
  CHECK((queue.empty() && !queue.full()));
  CHECK_FALSE(queue.try_get());
  CHECK_FALSE(queue.get_nowait());
  CHECK_FALSE(queue.get(1ms));
  CHECK_FALSE(queue.get(-1s));
  CHECK_FALSE(Queue<int>().full());
  CHECK(Queue<int>().maxsize() == 0);
}

TEST_CASE("a time-out is not over before its time") {
  Queue<int> queue(1);
  const auto start = std::chrono::steady_clock::now();
  CHECK_FALSE(queue.get(50ms));
  CHECK(std::chrono::steady_clock::now() - start >= 50ms);
  queue.put(1);
  CHECK_FALSE(queue.put(2, 50ms));
  CHECK(std::chrono::steady_clock::now() - start >= 100ms);
  CHECK(queue.size() == 1);
}

TEST_CASE(
    "a child gets what was put before and after it began, and what it puts is there at once") {
  Queue<std::string> there;
  Queue<std::string> back;
  there.put("before");
  Forked child([&] {
    const bool good = there.get() == "before" && there.get() == "after";
    back.put("told");
    ::raise(SIGKILL);
    return good;
  });
  there.put("after");
  CHECK(back.get(20s) == "told");
  CHECK_FALSE(child.join());
  CHECK(there.empty());
}

TEST_CASE("whoever waits goes on when there is something, or room") {
  Queue<int> queue(1);
  std::thread consumer([&] {
    for (int i = 0; i != 1000; ++i) {
      if (queue.get() != i) std::terminate();
    }
  });
  for (int i = 0; i != 1000; ++i) queue.put(i);
  consumer.join();
  CHECK(queue.empty());
}

TEST_CASE("a closed queue takes nothing more, and is emptied before it says so") {
  Queue<int> queue(2);
  queue.put(1);
  queue.put(2);
  Queue<int> idle;
  auto producer = throws_on_thread<Closed>([&] { queue.put(3); });
  auto consumer = throws_on_thread<Closed>([&] { idle.get(); });
  CHECK_FALSE(queue.closed());
  queue.close();
  idle.close();
  CHECK(producer.get());
  CHECK(consumer.get());
  CHECK(queue.closed());
  CHECK_THROWS_AS(queue.try_put(3), Closed);
  CHECK(queue.get() == 1);
  CHECK(queue.try_get() == 2);
  CHECK_THROWS_AS(queue.get(), Closed);
  CHECK_THROWS_AS(queue.try_get(), Closed);
  CHECK_THROWS_AS(queue.get(1s), Closed);
  queue.close();
  CHECK(queue.empty());
}

TEST_CASE("a loop over a queue ends when it is closed") {
  Queue<int> queue;
  for (int i = 0; i != 5; ++i) queue.put(i);
  queue.close();
  int expected = 0;
  for (const int value : queue) CHECK(value == expected++);
  CHECK(expected == 5);
}

TEST_CASE("messages of all sizes, and what is larger than the queue may be is refused") {
  Queue<std::string> queue(0, 8 << 20);
  constexpr std::size_t block = 64 * 1024;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{8}, block - 80, block - 73,
        block - 72, block - 64, block, 3 * block, std::size_t{7} << 20}) {
    std::string text(size, 'x');
    for (std::size_t i = 0; i < size; i += 97) text[i] = static_cast<char>('a' + i % 26);
    queue.put("in front");
    queue.put(text);
    CHECK(queue.get() == "in front");
    CHECK(queue.get() == text);
  }
  queue.put("stays");
  CHECK_THROWS_AS(queue.put(std::string(9 << 20, 'x')), SyncError);
  CHECK(queue.size() == 1);
  CHECK(queue.get() == "stays");
}

TEST_CASE("a queue waits at its bound of memory") {
  Queue<std::string> queue(0, 1 << 20);
  const std::string text(100'000, 'm');
  int put = 0;
  while (queue.try_put(text)) ++put;
  CHECK(put >= 9);
  CHECK(queue.memory() <= (1 << 20) + 8192);
  std::atomic<bool> done = false;
  std::thread producer([&] {
    queue.put(std::string(900'000, 'L'));
    done = true;
  });
  for (int i = 0; i != put; ++i) CHECK(queue.get() == text);
  CHECK(queue.get(20s) == std::string(900'000, 'L'));
  producer.join();
  CHECK(done);
}

TEST_CASE("a queue takes memory as it grows and gives it back", "[no-sanitizer]") {
  Queue<std::string> queue;
  CHECK(queue.memory() < 200'000);
  const std::string text(1 << 20, 'g');
  for (int round = 0; round != 2; ++round) {
    for (int i = 0; i != 100; ++i) queue.put(text);
    CHECK(queue.memory() > 100 << 20);
    for (int i = 0; i != 100; ++i) CHECK(queue.get().size() == text.size());
    CHECK(queue.memory() < 24 << 20);
  }
  for (int i = 0; i != 100'000; ++i) {
    queue.put("small");
    queue.get();
  }
  CHECK(queue.memory() < 24 << 20);
}

TEST_CASE("many producers and consumers: everything comes once, in each producer's order") {
  constexpr std::uint64_t kEach = 20'000;
  constexpr std::uint64_t kProducers = 3;
  Queue<std::array<std::uint64_t, 2>> queue(50);
  std::vector<std::thread> threads;
  std::atomic<std::uint64_t> sum = 0;
  std::atomic<bool> in_order = true;
  for (int i = 0; i != 3; ++i) {
    threads.emplace_back([&] {
      std::array<std::uint64_t, kProducers> next{};
      for (const auto& [producer, number] : queue) {
        if (number < next[producer]) in_order = false;
        next[producer] = number + 1;
        sum += number + 1;
      }
    });
  }
  std::vector<std::thread> producers;
  for (std::uint64_t p = 0; p != kProducers; ++p) {
    producers.emplace_back([&, p] {
      for (std::uint64_t i = 0; i != kEach; ++i) queue.put({p, i});
    });
  }
  for (std::thread& producer : producers) producer.join();
  queue.close();
  for (std::thread& thread : threads) thread.join();
  CHECK(in_order);
  CHECK(sum == kProducers * kEach * (kEach + 1) / 2);
}

TEST_CASE("what cannot be written leaves the queue as it was") {
  Queue<std::uint64_t> queue;
  queue.put(1);
  CHECK_THROWS_AS(queue.put(std::numeric_limits<std::uint64_t>::max()), std::range_error);
  CHECK(queue.size() == 1);
  queue.put(2);
  CHECK((queue.get() == 1 && queue.get() == 2));
  CHECK(queue.empty());
}

TEST_CASE("a message that is no value is reported once, and finished") {
  JoinableQueue<std::vector<int>> queue;
  const std::string_view nonsense = "\xff\xff";
  CHECK(sdk::sync().queues->put(queue.handle(), {nonsense.data(), nonsense.size()}, 0) ==
        PENSTOCK_SYNC_OK);
  queue.put({1, 2});
  CHECK_THROWS_AS(queue.get(), Malformed);
  CHECK(queue.get() == std::vector<int>{1, 2});
  CHECK_FALSE(queue.join(0ns));
  queue.task_done();
  CHECK(queue.join(0ns));
  CHECK(queue.abandoned() == 0);
}

TEST_CASE("join waits until everything is finished") {
  JoinableQueue<int> queue;
  queue.join();
  CHECK_THROWS_AS(queue.task_done(), SyncError);
  for (int i = 0; i != 10; ++i) queue.put(i);
  CHECK_FALSE(queue.join(0ns));
  std::vector<Forked> workers;
  for (int i = 0; i != 4; ++i) {
    workers.emplace_back([&] {
      for ([[maybe_unused]] const int value : queue) queue.task_done();
      return true;
    });
  }
  CHECK(queue.join(20s));
  CHECK_THROWS_AS(queue.task_done(), SyncError);
  queue.put(1);
  CHECK(queue.join(20s));
  queue.close();
  for (Forked& worker : workers) CHECK(worker.join());
}

TEST_CASE("another process may say that an item is finished") {
  JoinableQueue<int> queue;
  queue.put(1);
  Forked taker([&] { return queue.get() == 1; });
  CHECK(taker.join());
  CHECK_FALSE(queue.join(1ms));
  queue.task_done();
  CHECK(queue.join(0ns));
}

TEST_CASE("copies and handles of a queue are the same queue; others are others") {
  Queue<int> one;
  const Queue<int> same = one;  // NOLINT(performance-unnecessary-copy-initialization)
  same.put(5);
  CHECK(one == same);
  CHECK(one.get() == 5);
  CHECK_FALSE(one == Queue<int>());
  const Queue<int> moved = std::move(one);
  CHECK(moved == same);
}

TEST_CASE("the type of a queue tells what it holds") {
  const auto accepts_one = []<class To, class From>(std::type_identity<To>,
                                                    std::type_identity<From>) {
    return accepts(*parse_type(sdk::Wire<To>::type()), *parse_type(sdk::Wire<From>::type()));
  };
  const std::type_identity<Queue<int>> ints;
  const std::type_identity<Queue<double>> reals;
  const std::type_identity<Queue<Row>> rows;
  const std::type_identity<JoinableQueue<int>> joinable;
  CHECK(accepts_one(ints, ints));
  CHECK(accepts_one(rows, rows));
  CHECK_FALSE(accepts_one(reals, ints));
  CHECK_FALSE(accepts_one(rows, ints));
  CHECK(accepts_one(ints, joinable));
  CHECK_FALSE(accepts_one(joinable, ints));
}

TEST_CASE("only a joinable queue counts what is finished") {
  const Queue<int> plain;
  const JoinableQueue<int> pretended{sdk::Object(plain)};
  CHECK_THROWS_AS(pretended.task_done(), SyncError);
  CHECK_THROWS_AS(pretended.join(), SyncError);
  CHECK_THROWS_AS(pretended.abandoned(), SyncError);
}

}  // namespace queue_test
}  // namespace penstock
