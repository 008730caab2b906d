// The cases of CPython's _TestEvent, and deaths.
#include "sync/event.hpp"

#include <penstock/event.hpp>
#include <thread>

#include "catch.hpp"
#include "crew.hpp"
#include "forked.hpp"
#include "sync/table.hpp"

namespace penstock::sync {
namespace {

using namespace std::chrono_literals;

TEST_CASE("an event is not set, then set until it is cleared") {
  const penstock::Event event;
  CHECK_FALSE(event.is_set());
  CHECK_FALSE(event.wait(0s));
  const auto begun = std::chrono::steady_clock::now();
  CHECK_FALSE(event.wait(20ms));
  CHECK(std::chrono::steady_clock::now() - begun >= 20ms);
  event.set();
  event.set();
  CHECK(event.is_set());
  event.wait();
  CHECK(event.wait(1h));
  CHECK(event.wait(0s));
  event.clear();
  event.clear();
  CHECK_FALSE(event.is_set());
  CHECK_FALSE(event.wait(0s));
}

TEST_CASE("to set an event lets all go on who wait in other processes") {
  const penstock::Event event;
  std::vector<Forked> waiting;
  for (int i = 0; i < 3; ++i) waiting.emplace_back([&] { return event.wait(60s); });
  Forked other([&] {
    event.set();
    return true;
  });
  for (Forked& one : waiting) CHECK(one.join());
  CHECK(other.join());
  event.wait();
}

TEST_CASE("who waits goes on, also if the event is cleared at once") {
  const penstock::Event event;
  const penstock::Event waits;
  for (int i = 0; i < 100; ++i) {
    std::atomic<bool> goes_on = false;
    std::thread waiter([&] {
      waits.set();
      goes_on = event.wait(60s);
    });
    waits.wait();
    waits.clear();
    do {  // the thread may not have begun to wait
      event.set();
      event.clear();
      std::this_thread::yield();
    } while (!goes_on);
    waiter.join();
  }
}

// One sets and clears, the others wait for it, or set it themselves when nobody is left to.
TEST_CASE("three hundred kills leave nobody waiting for an event that is set", "[no-sanitizer]") {
  const penstock::Event event;
  SharedTable<Tally> tally(1);
  const auto work = [&](Tally&) {
    event.clear();
    event.set();
    return event.wait(60s);
  };
  CHECK(survives_kills(4, 300, *event.handle()->object, tally[0], work));
  event.set();
  CHECK(event.is_set());
}

}  // namespace
}  // namespace penstock::sync
