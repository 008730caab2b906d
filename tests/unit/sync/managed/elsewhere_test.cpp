// Every kind of object of a manager, used by another process that it was passed to: the cases of
// CPython's TestSyncManagerTypes.
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "as_text.hpp"
#include "catch.hpp"
#include "server_rig.hpp"

namespace penstock::sync {
namespace {

using namespace std::chrono_literals;

TEST_CASE("an event that another process sees, clears and sets") {
  const ServerProcess server;
  const Manager manager = server.manager();
  const managed::Event event = manager.event();
  const managed::Event cleared = manager.event();
  event.set();
  Forked other = elsewhere(event, [&](const managed::Event& mine) {
    if (!mine.is_set() || !mine.wait(0ms)) return false;
    mine.wait();
    mine.clear();
    if (mine.is_set() || mine.wait(1ms)) return false;
    cleared.set();
    return mine.wait(60s);
  });
  CHECK(cleared.wait(60s));
  CHECK_FALSE(event.is_set());
  CHECK_FALSE(event.wait(1ms));
  event.set();
  CHECK(other.join());
}

template <class AnyMutex>
void excludes_another_process(const AnyMutex& mutex, int times) {
  mutex.lock();
  Forked refused = elsewhere(mutex, [](const AnyMutex& mine) {
    if (mine.try_lock() || mine.try_lock_for(1ms)) return false;
    try {
      mine.unlock();
    } catch (const ManagerError&) {
      return true;
    }
    return false;
  });
  CHECK(refused.join());
  mutex.unlock();
  Forked welcome = elsewhere(mutex, [times](const AnyMutex& mine) {
    for (int i = 0; i != times; ++i) mine.lock();
    for (int i = 0; i != times; ++i) mine.unlock();
    return true;
  });
  CHECK(welcome.join());
  CHECK(mutex.try_lock());
  CHECK_FALSE(mutex.abandoned());
  mutex.unlock();
  CHECK_THROWS_AS(mutex.unlock(), ManagerError);
}

TEST_CASE("mutexes exclude another process, and are left free by it") {
  const ServerProcess server;
  const Manager manager = server.manager();
  excludes_another_process(manager.mutex(), 1);
  excludes_another_process(manager.recursive_mutex(), 3);
}

TEST_CASE("permits that another process takes are missing until it gives them back") {
  const ServerProcess server;
  const Manager manager = server.manager();
  const bool bounded = GENERATE(false, true);
  const managed::Semaphore semaphore =
      bounded ? manager.bounded_semaphore(2) : manager.semaphore(2);
  const managed::Event taken = manager.event();
  const managed::Event back = manager.event();
  Forked other = elsewhere(semaphore, [&](const managed::Semaphore& mine) {
    mine.acquire();
    if (!mine.try_acquire() || mine.try_acquire() || mine.value() != 0) return false;
    taken.set();
    back.wait();
    mine.release(2);
    return mine.value() == 2;
  });
  REQUIRE(taken.wait(60s));
  CHECK(semaphore.value() == 0);
  CHECK_FALSE(semaphore.try_acquire_for(1ms));
  back.set();
  CHECK(other.join());
  CHECK(semaphore.value() == 2);
  if (bounded) {
    CHECK_THROWS_AS(semaphore.release(), ManagerError);
  } else {
    semaphore.release();
    CHECK(semaphore.value() == 3);
  }
}

TEST_CASE("a condition at which two processes wait for each other") {
  const ServerProcess server;
  const Manager manager = server.manager();
  const managed::Condition condition = manager.condition();
  const auto turn = manager.value<int>();
  const auto play = [turn](const managed::Condition& mine, int me) {
    const std::lock_guard held(mine);
    for (int i = 0; i != 20; ++i) {
      mine.wait_for([&] { return turn.get() == me; });
      turn.set(1 - me);
      mine.notify();
    }
    return true;
  };
  Forked other =
      elsewhere(condition, [&](const managed::Condition& mine) { return play(mine, 1); });
  CHECK(play(condition, 0));
  CHECK(other.join());
  CHECK(turn.get() == 0);
}

TEST_CASE("a barrier that another process passes, and resets") {
  const ServerProcess server;
  const Manager manager = server.manager();
  const managed::Barrier barrier = manager.barrier(2);
  const auto places = manager.list<int>();
  Forked other = elsewhere(barrier, [&](const managed::Barrier& mine) {
    if (mine.parties() != 2) return false;
    places.append(static_cast<int>(mine.wait()));
    try {
      mine.wait();
    } catch (const managed::BrokenBarrier&) {
      mine.reset();
      return !mine.broken();
    }
    return false;
  });
  places.append(static_cast<int>(barrier.wait()));
  CHECK(eventually([&] { return barrier.n_waiting() == 1; }));
  barrier.abort();
  CHECK(other.join());
  CHECK_FALSE(barrier.broken());
  places.sort();
  CHECK(places.copy() == std::vector<int>{0, 1});
}

TEST_CASE("queues that another process empties in order") {
  const ServerProcess server;
  const Manager manager = server.manager();
  const managed::Queue<int> queue = manager.queue<int>(2);
  queue.put(5);
  queue.put(6);
  Forked other = elsewhere(queue, [](const managed::Queue<int>& mine) {
    return mine.size() == 2 && mine.full() && !mine.empty() && mine.get() == 5 && !mine.empty() &&
           mine.get() == 6 && mine.empty();
  });
  CHECK(other.join());
  CHECK((queue.empty() && !queue.full()));

  const managed::JoinableQueue<int> joinable = manager.joinable_queue<int>(2);
  joinable.put(5);
  joinable.put(6);
  CHECK_FALSE(joinable.join(1ms));
  Forked worker = elsewhere(joinable, [](const managed::JoinableQueue<int>& mine) {
    for (const int want : {5, 6}) {
      if (mine.get() != want) return false;
      mine.task_done();
    }
    return mine.empty() && mine.join(0ms);
  });
  CHECK(joinable.join(60s));
  CHECK(worker.join());
  CHECK(joinable.abandoned() == 0);
}

TEST_CASE("a list and a dict that another process reads and empties") {
  const ServerProcess server;
  const Manager manager = server.manager();
  const List<int> list = manager.list<int>({5, 3});
  Forked reader = elsewhere(list, [](const List<int>& mine) {
    if (mine[0] != 5 || mine.count(5) != 1 || mine.index(3) != 1u || mine.size() != 2) return false;
    mine.sort();
    if (mine.copy() != std::vector<int>{3, 5}) return false;
    mine.reverse();
    return mine.pop(0) == 5 && mine.pop() == 3;
  });
  CHECK(reader.join());
  CHECK(list.empty());

  using Foods = Dict<std::string, int>;
  const Foods dict = manager.dict<std::string, int>({{"foo", 5}});
  Forked other = elsewhere(dict, [](const Foods& mine) {
    return mine.size() == 1 && mine["foo"] == 5 && mine.get("foo") == 5 &&
           mine.keys() == std::vector<std::string>{"foo"} && mine.values() == std::vector<int>{5} &&
           mine.items() == std::vector<std::pair<std::string, int>>{{"foo", 5}} &&
           mine.copy() == std::map<std::string, int>{{"foo", 5}} &&
           mine.pop_item() == std::pair<std::string, int>{"foo", 5};
  });
  CHECK(other.join());
  CHECK(dict.empty());
}

TEST_CASE("a value, an array and names that another process reads and changes") {
  const ServerProcess server;
  const Manager manager = server.manager();
  const auto value = manager.value<int>(1);
  const List<int> array = manager.array<int>(2);
  const Namespace names = manager.name_space();
  array[1] = 1;
  names.set("x", 0);
  names.set("y", "one");
  Forked first = elsewhere(value, [](const managed::Value<int>& mine) {
    if (mine.get() != 1) return false;
    mine.set(2);
    return true;
  });
  Forked second = elsewhere(array, [](const List<int>& mine) {
    if (mine.copy() != std::vector<int>{0, 1}) return false;
    mine[0] = 7;
    return mine.size() == 2;
  });
  Forked third = elsewhere(names, [](const Namespace& mine) {
    if (mine.get<int>("x") != 0 || mine.get<std::string>("y") != "one") return false;
    mine.set("x", 2.5);
    return mine.erase("y");
  });
  for (Forked* one : {&first, &second, &third}) CHECK(one->join());
  CHECK(value.get() == 2);
  CHECK(array.copy() == std::vector<int>{7, 1});
  CHECK(names.get<double>("x") == 2.5);
  CHECK_FALSE(names.contains("y"));
}

}  // namespace
}  // namespace penstock::sync
