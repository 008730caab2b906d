// Queues with another process at the other side: the cases of CPython's _TestQueue and
// TestSimpleQueue.
#include <penstock/event.hpp>
#include <penstock/queue.hpp>

#include <chrono>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "forked.hpp"

namespace penstock::sync {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a full queue takes nothing until another process has taken from it") {
  const penstock::Queue<int> queue(6);
  const penstock::Event start;
  const penstock::Event taken;
  Forked taker([&] {
    start.wait();
    for (int i = 1; i != 7; ++i) {
      if (queue.get() != i || queue.size() != static_cast<std::uint64_t>(6 - i)) return false;
    }
    taken.set();
    return true;
  });
  CHECK((queue.empty() && !queue.full()));
  queue.put(1);
  CHECK(queue.size() == 1);
  CHECK(queue.put(2, 60s));
  CHECK(queue.size() == 2);
  CHECK(queue.try_put(3));
  CHECK(queue.size() == 3);
  CHECK(queue.put_nowait(4));
  queue.put(5);
  CHECK(queue.size() == 5);
  CHECK((!queue.empty() && !queue.full()));
  queue.put(6);
  CHECK((!queue.empty() && queue.full()));

  CHECK_FALSE(queue.try_put(7));
  CHECK_FALSE(queue.put_nowait(7));
  CHECK_FALSE(queue.put(7, 0s));
  CHECK_FALSE(queue.put(7, -1s));
  const auto begun = std::chrono::steady_clock::now();
  CHECK_FALSE(queue.put(7, 20ms));
  CHECK(std::chrono::steady_clock::now() - begun >= 20ms);
  CHECK(queue.size() == 6);

  start.set();
  CHECK(taken.wait(60s));
  CHECK((queue.empty() && !queue.full()));
  CHECK(queue.try_put(8));
  CHECK(queue.qsize() == 1);
  CHECK(taker.join());
}

TEST_CASE("an empty queue gives nothing until another process has put into it") {
  const penstock::Queue<int> queue;
  const penstock::Queue<bool> was_empty;
  const penstock::Event start;
  const penstock::Event put;
  Forked putter([&] {
    start.wait();
    was_empty.put(queue.empty());
    for (int i = 2; i != 6; ++i) queue.put(i);
    was_empty.put(queue.empty());
    put.set();
    return true;
  });
  CHECK((queue.empty() && was_empty.empty()));
  const auto gives_nothing = [&] {
    const auto begun = std::chrono::steady_clock::now();
    return !queue.try_get() && !queue.get_nowait() && !queue.get(0s) && !queue.get(-1s) &&
           !queue.get(20ms) && std::chrono::steady_clock::now() - begun >= 20ms;
  };
  CHECK(gives_nothing());

  start.set();
  CHECK(put.wait(60s));
  CHECK_FALSE(queue.empty());
  CHECK(queue.size() == 4);
  CHECK(queue.get() == 2);
  CHECK(queue.size() == 3);
  CHECK(queue.get(60s) == 3);
  CHECK(queue.try_get() == 4);
  CHECK(queue.size() == 1);
  CHECK(queue.get_nowait() == 5);
  CHECK(queue.empty());
  CHECK(gives_nothing());

  CHECK(was_empty.get());
  CHECK_FALSE(was_empty.empty());
  CHECK_FALSE(was_empty.get());
  CHECK(was_empty.empty());
  CHECK(putter.join());
}

TEST_CASE("what several processes put comes in the order of each, the oldest first") {
  constexpr int kEach = 3000;
  const penstock::Queue<std::pair<int, int>> queue(50);  // so that they wait for room, too
  for (int i = 0; i != 10; ++i) queue.put({0, i});
  std::vector<Forked> producers;
  for (int who = 1; who != 3; ++who) {
    producers.emplace_back([&, who] {
      for (int i = 0; i != kEach; ++i) queue.put({who, i});
      return true;
    });
  }
  int next[3] = {};
  bool in_order = true;
  for (int i = 0; i != 10 + 2 * kEach && in_order; ++i) {
    const auto [who, number] = queue.get();
    in_order = number == next[who]++ && (who == 0) == (i < 10);
  }
  CHECK(in_order);
  CHECK((next[0] == 10 && next[1] == kEach && next[2] == kEach));
  CHECK_FALSE(queue.try_get());
  if (!in_order) queue.close();  // nobody is left waiting for room
  for (Forked& producer : producers) CHECK(producer.join());
}

}  // namespace
}  // namespace penstock::sync
