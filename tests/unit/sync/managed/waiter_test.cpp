#include "sync/managed/waiter.hpp"

#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "ipc/doorbell.hpp"
#include "server_rig.hpp"
#include "sync/managed/message.hpp"

namespace penstock::sync {
namespace {

struct Place final : Stored {
  void perform(Verb, Request&, Answer&, const Caller&) override {}
};

// Threads that stand in one line, each with what it was told in the end.
struct Row {
  void stand(Waiter& waiter, Deadline deadline = kForever) {
    const std::size_t before = size();
    threads.emplace_back([this, &waiter, deadline, number = threads.size()] {
      std::unique_lock lock(place->mutex());
      const Waited waited = line.stand(lock, *place, waiter, deadline);
      ended.emplace_back(number, waited);
    });
    if (deadline == kForever) REQUIRE(eventually([&] { return size() == before + 1; }));
  }
  std::size_t size() {
    const std::lock_guard lock(place->mutex());
    return line.size();
  }
  void serve() {
    const std::size_t before = [this] {
      const std::lock_guard lock(place->mutex());
      line.serve_first();
      return ended.size();
    }();
    REQUIRE(eventually([&] {
      const std::lock_guard lock(place->mutex());
      return ended.size() > before;
    }));
  }
  ~Row() {
    {
      const std::lock_guard lock(place->mutex());
      line.serve_all();
    }
    for (std::thread& thread : threads) thread.join();
  }

  std::shared_ptr<Place> place = std::make_shared<Place>();
  WaitingLine line;
  std::vector<std::pair<std::size_t, Waited>> ended;
  std::vector<std::thread> threads;
};

using Ended = std::vector<std::pair<std::size_t, Waited>>;

TEST_CASE("those who wait are served in the order in which they came") {
  Waiter waiters[3];
  Row row;
  for (Waiter& waiter : waiters) row.stand(waiter);
  for (int i = 0; i != 3; ++i) row.serve();
  CHECK(row.ended == Ended{{0, Waited::served}, {1, Waited::served}, {2, Waited::served}});
  CHECK_FALSE(row.line.serve_first());
}

TEST_CASE("who has no time left leaves the line") {
  Waiter waiters[2];
  Row row;
  row.stand(waiters[0], ipc::monotonic_ns() + 1'000'000);
  CHECK(eventually([&] {
    const std::lock_guard lock(row.place->mutex());
    return row.ended.size() == 1;
  }));
  CHECK(row.ended == Ended{{0, Waited::timed_out}});
  CHECK(row.size() == 0);
}

TEST_CASE("who is gone leaves the line, and the next one is served") {
  Waiter waiters[3];
  Row row;
  for (Waiter& waiter : waiters) row.stand(waiter);
  waiters[1].give_up();
  CHECK(eventually([&] { return row.size() == 2; }));
  row.serve();
  row.serve();
  CHECK(row.ended == Ended{{1, Waited::gone}, {0, Waited::served}, {2, Waited::served}});
}

TEST_CASE("who was gone before does not wait at all") {
  Waiter waiter;
  waiter.give_up();
  const auto place = std::make_shared<Place>();
  WaitingLine line;
  std::unique_lock lock(place->mutex());
  CHECK(line.stand(lock, *place, waiter, kForever) == Waited::gone);
  CHECK(line.empty());
}

TEST_CASE("a time-out becomes a deadline, whatever it is") {
  CHECK(deadline_of(-1) == kForever);
  CHECK(deadline_of(INT64_MIN) == kForever);
  const Deadline now = deadline_of(0);
  CHECK(now <= ipc::monotonic_ns());
  CHECK(deadline_of(INT64_MAX) == static_cast<std::uint64_t>(INT64_MAX));
  CHECK(deadline_of(1'000'000'000) > ipc::monotonic_ns());
}

}  // namespace
}  // namespace penstock::sync
